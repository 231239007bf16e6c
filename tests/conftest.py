"""What every test may ask for: a database and a bus of its own, on real servers."""

import asyncio
import gc
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from dutyclock.embedded.processes import Child
from tests.bus_accounts import clear_bus, lay_streams
from tests.clocks import MovableClock
from tests.nursery import close_nursery
from tests.servers import (
    FOLDER_VARIABLE,
    Servers,
    ServiceProcess,
    create_database,
    drop_database,
    ensure_template,
    launch,
    wait_for_servers,
)

MEMORY_WANTED_BYTES = 4 * 1024**3
LONGEST_VALUE_IN_A_NAME = 200
_HOST = pytest.StashKey[tuple[Child, Path]]()


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the servers; workers find them through the environment."""
    gc.set_threshold(
        100_000, 20, 50
    )  # thousands of apps come and go, and the collector would go through all that stays
    if (
        hasattr(config, "workerinput")
        or config.option.collectonly
        or os.environ.get("DUTYCLOCK_COMPOSE_TEST")
    ):
        return
    folder = Path(tempfile.mkdtemp(prefix="dutyclock-tests-", dir=_fast_folder()))
    os.environ[FOLDER_VARIABLE] = str(folder)
    config.stash[_HOST] = (launch(folder), folder)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Large values go by their size: a test's name is in the environment of what it starts."""
    if isinstance(val, str | bytes) and len(val) > LONGEST_VALUE_IN_A_NAME:
        return f"{argname}-of-{len(val)}"
    return None  # as pytest names it


def _fast_folder() -> str | None:
    """Memory where there is plenty: a clone of the template takes 20 ms there and 300 ms on a slow disk."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > MEMORY_WANTED_BYTES else None


def pytest_unconfigure(config: pytest.Config) -> None:
    if _HOST in config.stash:
        host, folder = config.stash[_HOST]
        asyncio.run(host.stop((signal.SIGTERM, 30.0)))
        shutil.rmtree(folder, ignore_errors=True)


EXCUSE = "cannot run here: "
"""How the reason of a skip begins that CI accepts: the machine itself lacks what the test needs."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what CI must not have skipped."""
    for report in _unexcused(terminalreporter):
        terminalreporter.write_line(f"SKIPPED WITHOUT AN EXCUSE: {report.nodeid}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail in CI when anything was skipped that could have run."""
    close_nursery()
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and _unexcused(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _unexcused(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    return [report for report in reporter.stats.get("skipped", []) if EXCUSE not in str(report.longrepr)]


@pytest.fixture(scope="session")
def servers() -> Servers:
    """This run's PostgreSQL and NATS."""
    return wait_for_servers(Path(os.environ[FOLDER_VARIABLE]))


@pytest.fixture(scope="session")
def template_database(servers: Servers) -> str:
    """The migrated database that tests get clones of; they fail with the reason when there is none."""
    try:
        return asyncio.run(ensure_template(servers))
    except Exception as problem:
        pytest.fail(
            f"the template database cannot be made: {type(problem).__name__}: {problem}", pytrace=False
        )


@pytest.fixture
async def database_name(servers: Servers, template_database: str) -> AsyncIterator[str]:
    """A database of the test's own with all schemas, dropped afterwards, whoever is still connected."""
    name = await create_database(servers, template_database)
    yield name
    await drop_database(servers, name)


@pytest.fixture
def database_url(servers: Servers, database_name: str) -> str:
    """The administrator's address of the test's own database; `Database.open` chooses the schema."""
    return servers.database_url(database_name)


@pytest.fixture
def service_database_url(servers: Servers, database_name: str) -> Callable[[str], str]:
    """The address of the same database for a service, with its role: `service_database_url("alerts")`."""
    return lambda service: servers.service_url(database_name, service)


@pytest.fixture(scope="session")
def account_numbers(servers: Servers) -> Iterator[int]:
    """Numbers of NATS accounts that no other worker uses and this one has not used yet."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return itertools.cycle(range(worker, len(servers.nats_urls), workers))


@pytest.fixture
async def bare_nats_url(servers: Servers, account_numbers: Iterator[int]) -> str:
    """The address of a bus without any stream that nobody else sees."""
    url = servers.nats_urls[next(account_numbers)]
    await clear_bus(url)
    return url


@pytest.fixture
async def nats_url(bare_nats_url: str) -> str:
    """The address of a bus with the four services' streams, empty, that nobody else sees."""
    await lay_streams(bare_nats_url)
    return bare_nats_url


@pytest.fixture
def movable_clock() -> MovableClock:
    """World time that stands still at 2021-02-01 09:00 in Shanghai until the test moves it."""
    return MovableClock()


@pytest.fixture
async def start_service(
    service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[ServiceProcess]]]:
    """Start services as processes on the test's own database and bus.

    `await start_service("testing", DUTYCLOCK_LOG_LEVEL="DEBUG")`; more settings by keyword.

    Whatever still runs at the end is stopped.
    """
    started: list[ServiceProcess] = []

    async def start(name: str, **environment: str) -> ServiceProcess:
        surroundings = {"DATABASE_URL": service_database_url(name), "NATS_URL": nats_url, **environment}
        service = ServiceProcess(name, surroundings, tmp_path / f"{name}-{len(started)}.log")
        started.append(service)
        return await service.start()

    yield start
    await asyncio.gather(*(service.stop() for service in started))
