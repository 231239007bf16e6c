"""An installation in containers, from its first start to a restore after its disks were lost; in order."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator

import httpx
import pytest
import pytest_asyncio

from dutyclock.services import PROCESSES
from tests.compose.live.installation import (
    LEFT_OUT,
    NAME,
    NO_POSTGRES_TLS,
    SCENARIO,
    Failed,
    Installation,
    say,
    states,
)
from tests.compose.live.laboratory import Laboratory
from tests.waiting import until

LEADS_SECONDS = (90.0, 240.0, 480.0)
"""How far the drill's clock stands before its start when the services do; more on a machine that is busy."""
ENOUGH_SECONDS = 15.0
SENDERS = 4
AWAY_SECONDS = 4.0
FIRST = ("postgres", "nats", "prometheus", "watchdog")

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(1200)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Installation]:
    """A running installation with three processes of alerts, on the drill's clock."""
    folder = tmp_path_factory.mktemp("compose") / "project"
    made = Installation.from_clean_copy(folder)
    for name in sorted(LEFT_OUT):
        say(f"{name.upper()} IS LEFT OUT: there is no image with it here")
    try:
        await made.compose("down", "--volumes", "--remove-orphans")  # what a run that was broken off has left
        await made.compose("build", seconds=1200)
        size = await made.run("docker", "image", "inspect", "-f", "{{.Size}}", f"{NAME}:local", told=False)
        say(f"the image has {int(size) / 1e6:.0f} MB")
        await made.compose("up", "-d", "--wait", *FIRST)
        yield made
    except Failed:
        say(await made.compose("ps", "-a"))
        say((await made.compose("logs", "--tail", "30"))[-12_000:])
        raise
    finally:
        await made.compose("down", "--volumes", "--remove-orphans", "--timeout", "60")
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def laboratory(installation: Installation) -> Laboratory:
    for lead in LEADS_SECONDS:
        clock, starts_at = installation.set_clock(lead)
        # Alertmanager would page the IT officer on duty, whom the drill does not know.
        await start_all(installation, but="alertmanager")
        if clock.real_seconds(starts_at - clock.now()) > ENOUGH_SECONDS:
            return Laboratory(installation, clock, key="made when the drill is over")
        say(f"{lead:g} s were not enough to start everything on this machine; anew, with more")
        await installation.compose("down", "--volumes", "--timeout", "60")
    raise AssertionError("this machine does not start the services in eight minutes")


async def start_all(installation: Installation, *, but: str = "") -> None:
    """Start everything, three processes of alerts; what is there already stays as it is."""
    names = [name for name in installation.services if name != but]
    try:
        await installation.compose("up", "-d", "--wait", "--scale", "alerts=3", *names)
    except Failed:
        say((await installation.compose("logs", "--tail", "40"))[-12_000:])
        raise


async def test_the_drill_is_played_through_the_proxy_and_every_figure_is_right(
    installation: Installation, laboratory: Laboratory
) -> None:
    words = await installation.compose("--profile", "drill", "run", "--rm", "-T", "drill", f"/app/{SCENARIO}")
    say(words[-1500:])


async def test_everything_is_green_and_only_the_proxy_is_published(
    installation: Installation, laboratory: Laboratory
) -> None:
    await start_all(installation)
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
    laboratory.key = await installation.make_key("admin", "results:write")
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


async def test_prometheus_sees_every_process(installation: Installation, laboratory: Laboratory) -> None:
    async def all_up() -> bool:
        query = "http://127.0.0.1:9090/api/v1/query?query=sum(up)by(process)"
        words = await installation.compose("exec", "-T", "prometheus", "wget", "-q", "-O", "-", query)
        found = {one["metric"].get("process"): one["value"][1] for one in json.loads(words)["data"]["result"]}
        return {**dict.fromkeys(PROCESSES, "1"), "alerts": "3"}.items() <= found.items()

    await until(all_up, seconds=120, every_seconds=3, what="figures of every process")


async def test_a_service_has_its_own_schema_and_subjects_only(
    installation: Installation, laboratory: Laboratory
) -> None:
    refused = await installation.query_as("dutyclock_testing", "SELECT count(*) FROM alerts.clock")
    assert "permission denied for schema alerts" in refused
    assert "permission denied" not in await installation.query_as(
        "dutyclock_testing", "SELECT count(*) FROM testing.sample_result"
    )
    if NO_POSTGRES_TLS in LEFT_OUT:
        return
    with pytest.raises(Failed, match="no encryption"):
        await installation.compose(
            *("exec", "-T", "postgres", "psql"),
            "postgresql://dutyclock_testing:wrong@postgres/dutyclock?sslmode=disable",
        )


async def test_nothing_acknowledged_is_lost_while_bus_and_database_die_or_are_cut_off(
    installation: Installation, laboratory: Laboratory
) -> None:
    ending = asyncio.Event()
    senders = [asyncio.create_task(laboratory.send_until(ending)) for _ in range(SENDERS)]
    try:
        for victim in ("nats", "postgres"):
            await more_acknowledged(laboratory)
            container = await installation.container(victim)
            await installation.run("docker", "kill", container)
            await asyncio.sleep(AWAY_SECONDS)
            await installation.run("docker", "start", container)
            await more_acknowledged(laboratory)
            await installation.run("docker", "network", "disconnect", f"{NAME}_back", container)
            await asyncio.sleep(AWAY_SECONDS)
            await installation.run(
                "docker", "network", "connect", "--alias", victim, f"{NAME}_back", container
            )
            await more_acknowledged(laboratory)
    finally:
        ending.set()
        await asyncio.gather(*senders)
    await laboratory.all_followed()


async def more_acknowledged(laboratory: Laboratory, count: int = 20) -> None:
    """Wait until so many more positives have been acknowledged."""
    wanted = len(laboratory.acknowledged) + count
    await until(lambda: len(laboratory.acknowledged) >= wanted, seconds=120, what="acknowledgements")


async def test_a_backup_brings_everything_back_after_the_disks_were_lost(
    installation: Installation, laboratory: Laboratory
) -> None:
    name = (await installation.run("deploy/compose/backup")).split()[-1]
    await laboratory.send(20)  # these are in PostgreSQL's log alone
    await laboratory.all_followed()
    (position,) = (await installation.query("SELECT pg_walfile_name(pg_switch_wal())"))[0]

    async def kept() -> bool:
        rows = await installation.query("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
        return rows[0][0] >= position

    await until(kept, seconds=60, every_seconds=1, what="the log in the backups")
    say("the disks of database and bus are lost")
    await installation.compose("rm", "--stop", "--force", "postgres", "nats", "auditor", "prepare")
    await installation.run("docker", "volume", "rm", f"{NAME}_postgres", f"{NAME}_nats")

    await installation.run("deploy/compose/restore", name, "--yes")
    await laboratory.all_followed()
    await laboratory.send(5)
    await laboratory.all_followed()


async def test_services_that_are_told_to_end_finish_and_end_well(
    installation: Installation, laboratory: Laboratory
) -> None:
    await installation.compose("stop", "alerts", "testing", "reporting", "registration", "auditor")
    found = states(await installation.containers())
    assert {name: set(found[name]) for name in PROCESSES} == {name: {"exited 0"} for name in PROCESSES}
