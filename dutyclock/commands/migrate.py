"""`dutyclock migrate`: brings a database to the present state, before the services are started."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from dutyclock.provision import provision
from dutyclock.services import PROCESSES
from dutyclock.terminal import say


def migrate(
    role_passwords: Annotated[
        Path,
        typer.Option(
            envvar="DUTYCLOCK_ROLE_PASSWORDS_FILE",
            help="各服务的数据库口令（JSON）。The services' passwords: JSON, by service.",
        ),
    ],
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
        asyncio.run(provision(database_url, passwords))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        reason = f"{type(problem).__name__}: {problem}"
        typer.echo(str(say("database-not-provisioned", reason=reason)), err=True)
        raise typer.Exit(1) from None
    typer.echo(str(say("database-migrated")))
