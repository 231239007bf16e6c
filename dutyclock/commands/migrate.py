"""`dutyclock migrate`: brings a database to the present state, before the services are started."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

import asyncpg
import typer

from dutyclock.containers.secret_files import former_database_url
from dutyclock.provision import provision
from dutyclock.services import PROCESSES
from dutyclock.terminal import CannotStart, say
from shared.access import Scope
from shared.api_keys import keep_key
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.settings import Settings

MAY_MAKE_ROLES = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"


def migrate(
    role_passwords: Annotated[
        Path,
        typer.Option(
            envvar="DUTYCLOCK_ROLE_PASSWORDS_FILE",
            help="各服务的数据库口令（JSON）。The services' passwords: JSON, by service.",
        ),
    ],
    keys: Annotated[
        Path | None,
        typer.Option(
            envvar="DUTYCLOCK_KEYS_FILE",
            help="系统之间所用的密钥（JSON）。Keys between our own systems: JSON.",
        ),
    ] = None,
) -> None:
    """迁移数据库，可重复执行。Make schemas, roles and tables in DATABASE_URL; may be repeated at any time."""
    database_url = os.environ.get("DATABASE_URL")
    if not database_url:
        typer.echo(str(say("no-database-url")), err=True)
        raise typer.Exit(1)
    passwords: dict[str, str] = json.loads(role_passwords.read_text("utf-8"))
    lacking = [process for process in PROCESSES if not passwords.get(process)]
    if lacking:
        typer.echo(str(say("passwords-lacking", names=", ".join(lacking))), err=True)
        raise typer.Exit(1)
    try:
        made = json.loads(keys.read_text("utf-8")) if keys else []
        asyncio.run(_bring_to_present(database_url, passwords, made))
    except CannotStart as problem:
        typer.echo(str(problem.sentence), err=True)
        raise typer.Exit(1) from None
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        reason = f"{type(problem).__name__}: {problem}"
        typer.echo(str(say("database-not-provisioned", reason=reason)), err=True)
        raise typer.Exit(1) from None
    typer.echo(str(say("database-migrated")))


async def _enter(database_url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect as the owner, whose password may have been made anew: then by the former one, and it is set."""
    former = former_database_url(os.environ)
    try:
        return await asyncpg.connect(database_url)
    except asyncpg.InvalidPasswordError:
        if former is None:
            raise
    connection = await asyncpg.connect(former)
    try:
        password = unquote(urlsplit(database_url).password or "").replace("'", "''")
        await connection.execute(f"ALTER ROLE CURRENT_USER PASSWORD '{password}'")
    finally:
        await connection.close()
    return await asyncpg.connect(database_url)


async def _bring_to_present(database_url: str, passwords: dict[str, str], keys: list[dict[str, Any]]) -> None:
    file = os.environ.get("DUTYCLOCK_DIVISIONS_FILE") or Settings.model_fields["divisions_file"].default
    top = next(unit.code for unit in DivisionRegister.load(Path(file)).units() if unit.parent is None)
    connection = await _enter(database_url)
    try:
        if not await connection.fetchval(MAY_MAKE_ROLES):
            raise CannotStart("roles-not-made")  # and half of it done would look like all
        await provision(database_url, passwords)
        for known in keys:
            scopes = [Scope(scope) for scope in known["scopes"]]
            await keep_key(
                connection,
                known["key"],
                name=known["name"],
                division=known.get("division") or top,
                scopes=scopes,
                now=Clock().now(),
            )
    finally:
        await connection.close()
