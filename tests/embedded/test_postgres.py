"""The embedded PostgreSQL: its data survive, its doors are shut, it leaves nothing behind."""

import asyncio
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from dutyclock.embedded.accounts import Account, account_for, can_reach
from dutyclock.embedded.binaries import PostgresBinaries, find_postgres
from dutyclock.embedded.postgres import EmbeddedPostgres
from dutyclock.embedded.processes import spawn
from dutyclock.embedded.records import read_record
from dutyclock.services import PROJECT
from dutyclock.terminal import CannotStart
from tests.embedded.orphans import start_and_be_killed
from tests.waiting import until

NOWHERE = Path("/nowhere")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="cannot run here: only root has to drop its rights")


@pytest.fixture
async def postgres(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A durable server that has answered."""
    server = EmbeddedPostgres(tmp_path)
    await server.start()
    yield server
    await server.stop()


def runtime_of(state: Path) -> Path:
    return Path(read_record(state / "postgres.json")["runtime"])


def exists(folder: Path) -> bool:
    return folder.exists()


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_it_flushes_and_checks_its_pages(postgres: EmbeddedPostgres) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert await ask(postgres.url, f"SHOW {setting}") == "on"
    assert await ask(postgres.url, "SHOW server_encoding") == "UTF8"
    assert await ask(postgres.url, "SHOW listen_addresses") == "127.0.0.1"


async def test_nobody_enters_without_the_password(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    for place in ("127.0.0.1", str(runtime_of(tmp_path))):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(host=place, port=postgres.port, user="dutyclock", password="guessed")
    stored = await ask(postgres.url, "SELECT rolpassword FROM pg_authid WHERE rolname = 'dutyclock'")
    assert str(stored).startswith("SCRAM-SHA-256$")
    assert (tmp_path / "postgres.json").stat().st_mode & 0o077 == 0


async def test_it_goes_on_where_it_stopped_at_the_same_address(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    await server.start()
    url = server.url
    await ask(url, "CREATE TABLE kept AS SELECT 7 AS number")
    await server.stop()
    again = EmbeddedPostgres(tmp_path)
    await again.start()
    try:
        assert again.url == url
        assert await ask(url, "SELECT number FROM kept") == 7
    finally:
        await again.stop()


async def test_what_was_committed_survives_kill_9_and_a_pid_given_to_another(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    await server.start()
    await ask(server.url, "CREATE TABLE kept AS SELECT 7 AS number")
    await server.kill()
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    stranger = spawn(
        "stranger",
        ["/bin/sleep", "60"],
        log=tmp_path / "stranger.log",
        environment={},
        account=account_for(tmp_path / "postgres"),
    )
    try:
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        await server.start()
        assert await ask(server.url, "SELECT number FROM kept") == 7
        assert stranger.returncode is None, "it is not ours to end"
    finally:
        await stranger.kill()
        await server.stop()


async def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    await server.start()
    first = runtime_of(tmp_path)
    await server.child.kill()  # as when all is killed: nobody tidies up
    again = EmbeddedPostgres(tmp_path, durable=False)
    await again.start()
    second = runtime_of(tmp_path)
    assert [folder for folder in (first, second) if exists(folder)] == [second]
    await again.stop()
    assert not exists(second)


async def test_a_demanded_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} of PostgreSQL is already in use"):
            await EmbeddedPostgres(tmp_path, port=port).start()
    assert not (tmp_path / "postgres").exists()


async def test_a_cluster_that_cannot_be_made_leaves_no_half_of_one(tmp_path: Path) -> None:
    broken = PostgresBinaries(tmp_path / "broken")
    broken.initdb.parent.mkdir(parents=True)
    broken.initdb.write_text(
        "#!/bin/sh\nmkdir base\necho 'initdb: error: No space left on device' >&2\nexit 1\n"
    )
    broken.initdb.chmod(0o755)
    broken.postgres.touch()
    state = tmp_path / "state"
    with pytest.raises(CannotStart, match="No space left on device"):
        await EmbeddedPostgres(state, binaries=broken).start()
    assert not list(state.glob("postgres*/"))


async def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    pid = start_and_be_killed("dutyclock.embedded.postgres:EmbeddedPostgres", tmp_path)
    await until(lambda: not psutil.pid_exists(pid), seconds=20, what="the end of PostgreSQL")
    assert not (tmp_path / "postgres" / "postmaster.pid").exists(), "it ended in order"
    again = EmbeddedPostgres(tmp_path)
    await again.start()
    await again.stop()


@as_root
async def test_root_drops_to_an_unprivileged_account(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    process = psutil.Process(postgres.child.pid)
    assert 0 not in (*process.uids(), *process.gids())
    assert (tmp_path / "postgres").stat().st_uid == process.uids().real


@as_root
def test_an_ordinary_user_starts_it_too(tmp_path: Path) -> None:
    account = account_for(NOWHERE)
    assert account is not None
    if not can_reach(PROJECT, account):
        pytest.skip("cannot run here: the checkout lies where an ordinary user cannot go")
    asyncio.run(start_and_stop(tmp_path))  # loads all there is to load before the fork
    folder = Path(tempfile.mkdtemp(prefix="dutyclock-test-"))
    os.chown(folder, account.uid, account.gid)
    try:
        assert start_as(account, folder) == account.uid
    finally:
        shutil.rmtree(folder)


async def start_and_stop(folder: Path) -> int:
    """Ask a server for an answer, and return whose process it was."""
    server = EmbeddedPostgres(folder, durable=False)
    await server.start()
    owner = psutil.Process(server.child.pid).uids().real
    assert await ask(server.url, "SELECT true") is True
    await server.stop()
    return owner


def start_as(account: Account, folder: Path) -> int:
    """Do the same in a process of `account`.

    It is forked, not started: the interpreter itself may lie where the account cannot go.
    """
    results = multiprocessing.get_context("fork").SimpleQueue()

    def in_child() -> None:
        os.setgroups([])
        os.setgid(account.gid)
        os.setuid(account.uid)
        os.environ["HOME"] = str(folder)
        results.put(asyncio.run(start_and_stop(folder)))

    child = multiprocessing.get_context("fork").Process(target=in_child)
    child.start()
    child.join(60)
    assert child.exitcode == 0
    return results.get()


@as_root
async def test_checkout_in_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o700)
    package = find_postgres().root.parent
    for source in (package, package.with_name(package.name + ".libs")):
        shutil.copytree(source, locked / source.name, ignore=shutil.ignore_patterns("include", "pginstall"))
    binaries = PostgresBinaries(locked / package.name / "pginstall18")
    server = EmbeddedPostgres(locked / "var", binaries=binaries)
    await server.start()
    account = account_for(locked / "var" / "postgres")
    assert account is not None
    assert not can_reach(binaries.postgres, account)
    await ask(server.url, "CREATE TABLE kept AS SELECT 7 AS number")
    await server.kill()
    await server.start()
    try:
        assert await ask(server.url, "SELECT number FROM kept") == 7
        assert locked.stat().st_mode & 0o777 == 0o700, "no folder is opened up"
    finally:
        await server.stop()


@pytest.mark.parametrize("watchdog", [False, True], ids=["kernel", "pipe"])
@pytest.mark.skipif(sys.platform != "linux", reason="cannot run here: the kernel's signal is Linux's")
async def test_a_child_is_told_when_its_parent_dies(tmp_path: Path, watchdog: bool) -> None:
    pid = start_and_be_killed("spawn", tmp_path, watchdog=watchdog)
    await until(lambda: not psutil.pid_exists(pid), what="the end of the child")


async def test_stop_kills_what_does_not_listen(tmp_path: Path) -> None:
    script = "trap '' TERM; echo deaf; while :; do sleep 1; done"
    child = spawn(
        "deaf", ["/bin/sh", "-c", script], log=tmp_path / "deaf.log", environment={"PATH": "/bin:/usr/bin"}
    )
    await until(lambda: "deaf" in child.log.read_text())
    assert await child.stop((signal.SIGTERM, 0.2)) == -signal.SIGKILL
