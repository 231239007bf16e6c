"""`python -m dutyclock.supervisor.prepare`: checks the law and makes the database ready, in a process of its
own.

Apart from the supervisor because what it imports takes half a second and 60 MB: it is loaded while the
servers start, and given back when the work is done. It reads two lines of JSON from its standard input, the
files first and the addresses as soon as they are known, and answers each with a line."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from dutyclock.installation import bus_at
from dutyclock.provision import provision
from dutyclock.terminal import CannotStart
from shared.access import Scope
from shared.api_keys import create_key, list_keys
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.policy import PolicyError, load_pack


def check_files(policy_folder: Path, divisions_file: Path) -> str:
    """Read the law and the register, and return the division at its top.

    Raises CannotStart when either cannot be used.
    """
    try:
        load_pack(policy_folder)
    except PolicyError as problem:
        first = problem.found[0]
        reason_zh = f"{first.place} {first.path}：{first.reason_zh}"
        raise CannotStart(
            "policy-unusable", folder=policy_folder, reason_zh=reason_zh, reason=problem
        ) from problem
    try:
        return next(
            unit.code for unit in DivisionRegister.load(divisions_file).units() if unit.parent is None
        )
    except (OSError, ValueError, StopIteration) as problem:
        raise CannotStart("file-unreadable", file=divisions_file, reason=problem) from problem


async def make_ready(order: dict[str, Any], top: str) -> dict[str, Any]:
    """Provision the database, reach for the bus, make the first key; raises CannotStart."""
    place = _without_password(order["database_url"])
    try:
        urls = await provision(order["database_url"], order["role_passwords"])
        key = await _ensure_first_key(order["database_url"], order["first_key"], top)
    except (OSError, TimeoutError, asyncpg.InvalidAuthorizationSpecificationError, ValueError) as problem:
        raise CannotStart("database-unreachable", place=place, reason=problem) from problem
    except asyncpg.InvalidCatalogNameError as problem:
        raise CannotStart("database-unreachable", place=place, reason=problem) from problem
    except Exception as problem:  # a migration may fail in any way; its first words are what helps
        reason = f"{type(problem).__name__}: {problem}"
        raise CannotStart("database-not-provisioned", reason=reason) from problem
    if order["foreign_nats_url"]:
        await _reach_bus(order["foreign_nats_url"])
    return {"service_urls": urls, "first_key": key}


async def _ensure_first_key(database_url: str, remembered: str | None, division: str) -> str | None:
    """The first key when it still is one, or a new one where there is none at all."""
    connection = await asyncpg.connect(database_url)
    try:
        keys = await list_keys(connection)
        if not keys:
            _, key = await create_key(
                connection, name="first key", division=division, scopes=[Scope.ADMIN], now=Clock().now()
            )
            return key
    finally:
        await connection.close()
    valid = {key.id for key in keys if key.revoked_at is None}
    return remembered if remembered and remembered.split("_")[1] in valid else None


async def _reach_bus(url: str) -> None:
    import nats
    import nats.errors

    bus = bus_at(url)
    try:
        client = await nats.connect(
            **bus.options(), connect_timeout=3, allow_reconnect=False, max_reconnect_attempts=1
        )
        await client.close()
    except (nats.errors.Error, OSError, TimeoutError, ValueError) as problem:
        reason = str(problem) or type(problem).__name__
        raise CannotStart("bus-unreachable", place=bus.place, reason=reason) from problem


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path


def main() -> None:
    try:
        files: dict[str, str] = json.loads(sys.stdin.readline())
        top = check_files(Path(files["policy_folder"]), Path(files["divisions_file"]))
        _answer({"checked": True})
        line = sys.stdin.readline()
        if line:  # nothing comes when the supervisor gave up meanwhile
            _answer(asyncio.run(make_ready(json.loads(line), top)))
    except CannotStart as problem:
        _answer({"code": problem.code, "zh": problem.sentence.zh, "en": problem.sentence.en})


def _answer(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()
