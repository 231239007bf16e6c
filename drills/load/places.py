"""The two places where a drill under load is played: a platform of its own, or an installation that runs."""

import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from drills.doors import PARTIES, Doors, make_keys
from drills.elsewhere import LEAST_LEAD, SERVICES, Elsewhere, Telephones
from drills.load.injector import Injector
from drills.load.outcome import Outcome
from drills.load.plan import Plan
from drills.load.progress import Tell
from drills.load.reading import LoadDrill
from drills.load.run import Stage, play_load
from drills.messages import say
from drills.people import MessagesInLog
from drills.places import write_register
from drills.run import NotReadyInTime, PlatformScreen, clear_state, platform_on_fast_clock
from shared.clock import Clock
from shared.divisions import DivisionRegister

MakeInjector = Callable[[Path, Clock], Injector]
"""Makes what breaks the platform whose state lies in a folder."""


async def play_on_own_platform(
    drill: LoadDrill,
    plan: Plan,
    state: Path,
    screen: PlatformScreen,
    injector: MakeInjector | None,
    *,
    speed: float,
    lead_seconds: float,
    durable: bool = True,
) -> Outcome:
    """Start a platform in the state folder, which is emptied first, and play there.

    Raises CannotStart, NotReadyInTime, Refused, and what the injector raises.
    """
    clear_state(state)
    divisions = drill.registers.divisions
    write_register(divisions, state / "divisions.csv")
    origin = drill.scenario.starts_at - timedelta(seconds=lead_seconds * speed)
    async with platform_on_fast_clock(state, origin, speed, screen, durable=durable) as (addresses, clock):
        keys = await make_keys(addresses.database_url, top_of(divisions))
        async with Doors.open(addresses.services, keys) as doors:
            messages = MessagesInLog(addresses.logs / "alerts.log")
            breaker = injector(state, clock) if injector else None
            return await play_load(drill, plan, Stage(doors, messages, clock, None, breaker), screen.tell)


async def play_at(
    drill: LoadDrill,
    plan: Plan,
    place: Elsewhere,
    clock: Clock,
    injector: Injector | None,
    tell: Tell,
    *,
    speed: float,
    key: str | None,
) -> Outcome:
    """Play on an installation's clock; with `key` every party uses it, without a key is made for each.

    Raises NotReadyInTime when the clock is not the drill's or has passed its start, and Refused.
    """
    scenario = drill.scenario
    if clock.rate != speed or clock.now() + LEAST_LEAD >= scenario.starts_at:
        values = {"rate": f"{speed:g}", "starts_at": scenario.starts_at.isoformat()}
        raise NotReadyInTime(say("not-the-drills-clock", **values))
    keys: Mapping[str, str] = (
        dict.fromkeys(PARTIES, key)
        if key
        else await make_keys(place.database_url, top_of(drill.registers.divisions))
    )
    trust = ssl.create_default_context(cafile=str(place.authority)) if place.authority else True
    async with (
        Telephones.switched_on(place) as telephones,
        Doors.open(dict.fromkeys(SERVICES, place.url.rstrip("/")), keys, trust=trust) as doors,
    ):
        stage = Stage(doors, telephones, clock, place.url, injector)
        return await play_load(drill, plan, stage, tell)


def top_of(divisions: DivisionRegister) -> str:
    """Return the code of the register's highest unit."""
    return next(unit.code for unit in divisions.units() if unit.parent is None)
