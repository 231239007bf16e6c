"""Starting an installation and playing drills on it, again with more time where a machine was too slow."""

import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from drills.doors import PARTIES
from drills.load.outcome import Outcome
from drills.load.scenario import LoadScenario
from drills.scenario import Scenario
from dutyclock.commands.demo import MERELY_LATE, NOT_READY
from tests.compose.live.installation import HTTPS_PORT, NAME, Failed, Installation, say, states

LEAD_SHARES = (3.5, 8.0, 16.0)
"""How long before its start a drill's clock stands at first, in the time that the servers took to start."""
LEAST_LEAD_SECONDS = 45.0
ENOUGH_SECONDS = 12.0
FIRST = ("postgres", "nats", "prometheus", "watchdog")
NOBODY = "alertmanager"
"""It would page the IT officer on duty, whom the drills do not know."""

Play = Callable[[Installation], Awaitable[int]]


async def start_servers(installation: Installation) -> float:
    """Start what the services stand on, and make their tables; the seconds that this machine took for it."""
    begun = time.monotonic()
    await start(installation, *FIRST)
    await installation.compose("run", "--rm", "--no-deps", "-T", "migrate")
    return time.monotonic() - begun


async def start(installation: Installation, *names: str, anew: bool = False) -> None:
    """Start containers and wait for their health, three of alerts; a busy machine gets a second chance."""
    scale = ("--scale", "alerts=3") if "alerts" in names else ()
    for last in (False, True):
        try:
            recreated = ("--force-recreate",) if anew and not last else ()
            await installation.compose("up", "-d", "--wait", *recreated, *scale, *names)
            return
        except Failed:
            say(await installation.compose("ps", "-a"))
            for service in await unhealthy(installation):
                say((await installation.compose("logs", "--tail", "30", service))[-6_000:])
            if last:
                raise


async def unhealthy(installation: Installation) -> list[str]:
    """Return the services whose containers are not as they should be."""
    found = states(await installation.containers())
    return sorted(name for name, words in found.items() if not set(words) <= {"healthy", "exited 0"})


async def start_all(installation: Installation, *, but: str = "") -> None:
    """Start everything; what is there already stays as it is."""
    await start(installation, *(name for name in installation.services if name != but))


async def play_in_time(installation: Installation, scenario: Scenario | LoadScenario, play: Play) -> int:
    """Play a drill on an installation that is started empty for it; its exit code.

    NOT_READY when this machine could not begin it in time, however often it was tried.
    """
    for share in LEAD_SHARES:
        lead = max(LEAST_LEAD_SECONDS, share * await start_servers(installation))
        clock = installation.set_clock(scenario, lead)
        await start_all(installation, but=NOBODY)
        left = clock.real_seconds(scenario.starts_at - clock.now())
        say(f"everything is healthy, {left:.0f} s before the drill begins")
        code = await play(installation) if left > ENOUGH_SECONDS else NOT_READY
        if code != NOT_READY:
            return code
        say(f"{lead:.0f} s were not enough to start everything on this machine; anew, with more")
        await installation.compose("down", "--volumes", "--timeout", "20")
    await start_servers(installation)
    await start_all(installation, but=NOBODY)
    return NOT_READY


async def play_inside(installation: Installation, file: str) -> int:
    """Play the demonstration in a container; its exit code, where that says something of the machine."""
    try:
        words = await installation.compose("--profile", "drill", "run", "--rm", "-T", "drill", f"/app/{file}")
    except Failed as failed:
        if failed.code in (MERELY_LATE, NOT_READY):
            say(str(failed))
            return failed.code
        raise
    say(words[-700:])
    return 0


async def play_from_outside(installation: Installation, file: Path, out: Path) -> int:
    """Play a drill under load from this machine, which breaks the containers; its exit code.

    `out` gets its outcome, unless it was broken off.
    """
    key = await installation.make_key(*{scope for scopes in PARTIES.values() for scope in scopes})
    place = ("--url", f"https://localhost:{HTTPS_PORT}", "--authority", "secrets/ca.crt", "--compose", NAME)
    command = str(Path(sys.executable).parent / "dutyclock")
    installation.environment["DUTYCLOCK_DRILL_KEY"] = key
    try:
        words = await installation.run(command, "drill", "run", str(file), *place, "--out", str(out))
    except Failed as failed:
        say(str(failed))
        if failed.code not in (1, NOT_READY):
            raise
        return failed.code
    say(words[-4000:])
    return 0


def is_merely_late(outcome: Outcome) -> bool:
    """Whether nothing differs but lines of pages that came later than the slack, as on a busy machine."""
    late = sum(one.late for one in outcome.pages.values())
    return late == len(outcome.verdict.reasons) + outcome.verdict.omitted
