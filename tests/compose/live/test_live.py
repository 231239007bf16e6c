"""An installation in containers, from its first start to a restore after its disks were lost; in order."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from drills.load.outcome import read_outcome
from drills.load.reading import prepare_load
from drills.places import prepare
from dutyclock.commands.demo import MERELY_LATE, NOT_READY, read_clock
from dutyclock.services import PROCESSES, SERVICES
from shared.clock import Clock
from shared.settings import PROJECT
from tests.compose.live.drills import (
    is_merely_late,
    play_from_outside,
    play_in_time,
    play_inside,
    start,
    start_all,
)
from tests.compose.live.installation import (
    LEFT_OUT,
    NAME,
    NO_POSTGRES_TLS,
    Failed,
    Installation,
    key_in,
    say,
    states,
)
from tests.compose.live.laboratory import UNSENT_OF, Laboratory
from tests.conftest import EXCUSE
from tests.waiting import until

DEMONSTRATION = "drills/positive-in-jiansheng.yaml"
BROKEN_PARTS = Path(__file__).with_name("broken-parts.yaml")
TOO_SLOW = f"{EXCUSE}THE DRILL WAS NOT PLAYED: THIS MACHINE IS TOO SLOW TO BEGIN IT IN TIME"
LATE = "THE DRILL WAS LATE BEYOND ITS SLACK, AS ON A BUSY MACHINE; ALL ELSE WAS RIGHT."

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(3000)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Installation]:
    """A clean copy of the project with its image built; nothing is started yet."""
    folder = tmp_path_factory.mktemp("compose") / "project"
    made = Installation.from_clean_copy(folder)
    for name in sorted(LEFT_OUT):
        say(f"{name.upper()} IS LEFT OUT: there is no image with it here")
    try:
        await made.compose("down", "--volumes", "--remove-orphans")  # what a run that was broken off has left
        await made.compose("build", seconds=1200)
        size = await made.run("docker", "image", "inspect", "-f", "{{.Size}}", f"{NAME}:local", told=False)
        say(f"the image has {int(size) / 1e6:.0f} MB")
        yield made
    except Failed:
        say(await made.compose("ps", "-a"))
        say((await made.compose("logs", "--tail", "30"))[-12_000:])
        raise
    finally:
        words = await made.run("docker", "compose", "logs", "--no-color", "--tail", "3000", told=False)
        errors = [line[:1500] for line in words.splitlines() if '"level":"error"' in line.replace(" ", "")]
        say("\n".join(["what was logged as an error:", *errors[-20:]]))
        await made.compose("down", "--volumes", "--remove-orphans", "--timeout", "20")
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def laboratory(installation: Installation) -> Laboratory:
    return Laboratory(installation, Clock(), key="made when the drill is over")


async def test_the_drill_is_played_through_the_proxy_and_every_figure_is_right(
    installation: Installation,
) -> None:
    code = await play_in_time(
        installation,
        prepare(PROJECT / DEMONSTRATION).scenario,
        lambda there: play_inside(there, DEMONSTRATION),
    )
    if code == NOT_READY:
        pytest.skip(TOO_SLOW)
    if code == MERELY_LATE:
        say(LATE)


async def test_secrets_are_turned_while_a_laboratory_sends(
    installation: Installation, laboratory: Laboratory
) -> None:
    """Passwords of database and bus, and a key; the world goes on at the speed of life."""
    laboratory.clock = read_clock(installation.environment)
    laboratory.key = former_key = await installation.make_key("admin", "results:write")
    former = await admitted_accounts(installation)
    async with laboratory.at_work():
        await laboratory.more_acknowledged()
        turning = ("dutyclock", "secrets", "/secrets", "--name", "localhost", "--anew", "database")
        await installation.compose("run", "--rm", "--no-deps", "-T", "prepare", *turning, "--anew", "bus")
        await installation.compose("run", "--rm", "--no-deps", "-T", "migrate")
        await laboratory.more_acknowledged()  # who is connected goes on
        rotated = await installation.operator(
            "keys", "rotate", former_key.split("_")[1], "--overlap-hours", "1"
        )
        laboratory.key = key_in(rotated)
        laboratory.clock = installation.go_on_as_in_life(laboratory.clock)
        await start(installation, "nats", *PROCESSES, anew=True)
        await laboratory.more_acknowledged()
    await start_all(installation)
    await laboratory.all_followed()
    assert "password authentication failed" in await installation.admitted_to_database(former[0])
    assert "refused" in await installation.admitted_to_bus(former[1])
    assert set(await admitted_accounts(installation)).isdisjoint(former)
    async with installation.client(former_key) as client:  # its former secret holds for an hour
        assert (await client.get("/v1/clocks")).status_code == 200


async def admitted_accounts(installation: Installation) -> tuple[str, str]:
    """Return by which addresses a service reaches database and bus, having tried both."""
    database, bus = [await installation.secret("testing", name) for name in ("database_url", "nats_url")]
    assert await installation.admitted_to_database(database) == "admitted"
    assert await installation.admitted_to_bus(bus) == "admitted"
    return database, bus


async def test_everything_is_green_and_only_the_proxy_is_published(
    installation: Installation, laboratory: Laboratory
) -> None:
    containers = await installation.containers()
    found = states(containers)
    assert found.pop("prepare") == ["exited 0"]
    assert found.pop("migrate") == ["exited 0"]
    assert found.pop("alerts") == ["healthy"] * 3
    assert found == {name: ["healthy"] for name in installation.services if name != "alerts"}
    published = {
        one["Config"]["Labels"]["com.docker.compose.service"]
        for one in containers
        if any(one["NetworkSettings"]["Ports"].values())
    }
    assert published <= {"proxy", "grafana"}
    ours = [one for one in containers if one["Config"]["Labels"]["com.docker.compose.service"] in PROCESSES]
    assert {one["Config"]["User"] for one in ours} == {"10001:10001"}
    assert all(one["HostConfig"]["ReadonlyRootfs"] for one in containers)


async def test_the_proxy_leads_to_the_services_and_to_nothing_else(
    installation: Installation, laboratory: Laboratory
) -> None:
    async with installation.client(laboratory.key) as client:
        answers = {
            path: (await client.get(path)).status_code
            for path in (
                *("/v1/results", "/v1/clocks", "/v1/cases", "/testing/openapi.json", "/auditor/v1/audit"),
                *("/metrics", "/testing/metrics", "/alerts/ready", "/v1/nothing", "/a/nothing"),
            )
        }
    assert answers == {
        **dict.fromkeys(("/v1/clocks", "/v1/cases", "/testing/openapi.json", "/auditor/v1/audit"), 200),
        "/v1/results": 405,
        **dict.fromkeys(("/metrics", "/testing/metrics", "/alerts/ready", "/v1/nothing", "/a/nothing"), 404),
    }
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        async with httpx.AsyncClient(trust_env=False) as stranger:
            await stranger.get(str(client.base_url))


async def test_a_service_has_its_own_schema_and_subjects_only(
    installation: Installation, laboratory: Laboratory
) -> None:
    refused = await installation.query_as("dutyclock_testing", "SELECT count(*) FROM alerts.clock")
    assert "permission denied for schema alerts" in refused
    assert "permission denied" not in await installation.query_as(
        "dutyclock_testing", "SELECT count(*) FROM testing.sample_result"
    )
    said = await asyncio.gather(*map(installation.try_to_speak_for_others, SERVICES))
    for service, words in zip(SERVICES, said, strict=True):
        for other in set(SERVICES) - {service}:
            assert f'permissions violation for publish to "{other}.forged.' in words, (service, other, words)
    if NO_POSTGRES_TLS in LEFT_OUT:
        return
    with pytest.raises(Failed, match="no encryption"):
        await installation.compose(
            *("exec", "-T", "postgres", "psql"),
            "postgresql://dutyclock_testing:wrong@postgres/dutyclock?sslmode=disable",
        )


async def test_prometheus_sees_every_process_and_alertmanager(
    installation: Installation, laboratory: Laboratory
) -> None:
    async def all_up() -> bool:
        query = "https://127.0.0.1:9090/api/v1/query?query=sum(up)by(job,process)"
        asking = ("wget", "-q", "-O", "-", "--no-check-certificate", query)
        words = await installation.compose("exec", "-T", "prometheus", *asking)
        answer = json.loads(words)["data"]["result"]
        found = {one["metric"].get("process", one["metric"]["job"]): one["value"][1] for one in answer}
        others = {"prometheus": "1", "alertmanager": "1"}
        return {**dict.fromkeys(PROCESSES, "1"), "alerts": "3", **others}.items() <= found.items()

    await until(all_up, seconds=300, every_seconds=3, what="figures of every process")


async def test_a_backup_brings_everything_back_after_the_disks_were_lost(
    installation: Installation, laboratory: Laboratory
) -> None:
    name = (await installation.run("deploy/compose/backup")).split()[-1]
    await laboratory.send(10)  # these are in PostgreSQL's log alone
    await laboratory.all_followed()
    (position,) = (await installation.query("SELECT pg_walfile_name(pg_switch_wal())"))[0]

    async def kept() -> bool:
        rows = await installation.query("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
        return rows[0][0] >= position

    await until(kept, seconds=300, every_seconds=1, what="the log in the backups")
    say("the disks of database and bus are lost")
    await installation.compose("rm", "--stop", "--force", "postgres", "nats", "auditor", "prepare")
    await installation.run("docker", "volume", "rm", f"{NAME}_postgres", f"{NAME}_nats")

    await installation.run("deploy/compose/restore", name, "--yes")
    await asyncio.gather(start_all(installation), laboratory.all_followed())
    await laboratory.send(5)
    await laboratory.all_followed()


async def test_services_that_are_told_to_end_finish_what_they_have_begun(
    installation: Installation, laboratory: Laboratory
) -> None:
    """All end while a laboratory sends: with code 0, and nothing acknowledged is left unstored or unsent."""
    async with laboratory.at_work(to_the_end=False):
        await laboratory.more_acknowledged()
        await installation.compose("stop", *PROCESSES)
    found = states(await installation.containers())
    assert {name: set(found[name]) for name in PROCESSES} == {name: {"exited 0"} for name in PROCESSES}
    await laboratory.all_stored()
    for service in set(SERVICES) - {"alerts"}:  # of three processes one may leave a row to the next start
        assert await installation.query(UNSENT_OF.format(service=service)) == [["0"]], service


async def test_nothing_is_lost_while_services_bus_and_database_are_killed_cut_off_and_restarted(
    installation: Installation, tmp_path: Path
) -> None:
    """A drill from outside, through the proxy, breaks containers and judges what came of it."""
    await installation.compose("down", "--volumes", "--timeout", "20")
    code = await play_in_time(
        installation,
        prepare_load(BROKEN_PARTS).scenario,
        lambda there: play_from_outside(there, BROKEN_PARTS, tmp_path),
    )
    if code == NOT_READY:
        pytest.skip(TOO_SLOW)
    outcome = read_outcome(tmp_path / "outcome.json")
    if is_merely_late(outcome) and not outcome.verdict.passed:
        say(LATE)
    else:
        assert outcome.verdict.passed, [reason.en for reason in outcome.verdict.reasons]
    assert all(one.accepted == one.planned for one in outcome.facts.values())
    broken = {(one.does, one.whom) for one in outcome.faults if one.ready_real is not None}
    assert broken == {
        *(("kill", "alerts"), ("kill", "bus"), ("disconnect", "bus")),
        *(("restart", "database"), ("disconnect", "database")),
    }
    assert outcome.unanswered, "nobody noticed that anything was broken"
