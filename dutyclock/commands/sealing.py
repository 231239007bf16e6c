"""`dutyclock sealing`: make a new key for what lies sealed, seal everything anew, let the old key go."""

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from dutyclock.installation import DEFAULT_STATE, find_installation
from dutyclock.listing import Row, print_rows
from dutyclock.supervisor.state import new_sealing_key
from dutyclock.terminal import Catalogue
from services.alerts.actions.reseal_channels import reseal_channels
from services.alerts.sealed_tables import SEALED as OF_ALERTS
from services.registration.sealed_tables import SEALED as OF_REGISTRATION
from services.reporting.sealed_tables import SEALED as OF_REPORTING
from services.testing.sealed_tables import SEALED as OF_TESTING
from shared import audit
from shared.clock import Clock
from shared.errors import Unavailable
from shared.postgres import Database
from shared.resealing import SealedColumn, count_former, count_sealed_with, reseal_column
from shared.sealing import Sealer, Unsealable

app = typer.Typer(
    help="密封密钥：生成、查看、轮换、停用。Sealing keys: make, look, rotate, retire.",
    no_args_is_help=True,
    add_completion=False,
)
SEALED = {
    "registration": OF_REGISTRATION,
    "reporting": OF_REPORTING,
    "testing": OF_TESTING,
    "alerts": OF_ALERTS,
}
_CATALOGUE = Catalogue(Path(__file__).parent.parent / "messages" / "sealing.yaml")
_say, _refuse = _CATALOGUE.line, _CATALOGUE.refuse
_KEY_ID = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)

Outcome = TypeVar("Outcome")
Step = Callable[[Database, Sealer, str, SealedColumn], Awaitable[Outcome]]


@app.command()
def make(name: Annotated[str, typer.Argument(help="密钥名，如 k2。The key's name, such as k2.")]) -> None:
    """生成新密钥，仅显示一次。Make a new key and show it, once; nothing is changed by that."""
    if not _KEY_ID.fullmatch(name):
        _refuse("bad-id")
    typer.echo(_say("made"), err=True)
    typer.echo(new_sealing_key(name))


@app.command()
def look() -> None:
    """查看还有多少数据由旧密钥加密。Show how much is still sealed with former keys."""
    counts = asyncio.run(_each(_count))
    print_rows(_CATALOGUE.columns(), counts)


async def _count(database: Database, sealer: Sealer, service: str, sealed: SealedColumn) -> Row:
    count = await count_former(database, sealer, sealed)
    return Row((service, sealed.table, sealed.column, str(count)))


@app.command()
def rotate() -> None:
    """用最前的密钥重新加密全部数据，服务照常运行，可中断后重来。Seal everything with the key in front."""
    left = sum(asyncio.run(_each(_reseal)))
    typer.echo(_say("left", count=left) if left else _say("done"))


async def _reseal(database: Database, sealer: Sealer, service: str, sealed: SealedColumn) -> int:
    """Seal a column anew, in the audit trail, and return how much of it is left to a duty of the service."""
    try:
        if service == "alerts":
            count = await reseal_channels(database, sealer)
        elif sealed.purpose is None:
            return await count_former(database, sealer, sealed)
        else:
            count = await reseal_column(database, sealer, sealed, now=Clock().now())
    except Unsealable as error:
        _refuse("unsealable", table=f"{service}.{sealed.table}", reason=error)
    if count:
        detail = {"source": sealed.table, "column": sealed.column, "key": sealer.current, "count": count}
        async with database.transaction() as connection:
            await audit.append(connection, "sealing-rotated", **detail)
    typer.echo(_say("resealed", service=service, table=sealed.table, count=count))
    return 0


@app.command()
def retire(name: Annotated[str, typer.Argument(help="旧密钥名。The former key's name.")]) -> None:
    """查明旧密钥可否移除；仍有数据需要它时以 1 结束。Tell whether a key can go; 1 while it is needed."""
    sealer = _sealer()
    if name not in sealer.key_ids or name == sealer.current:
        _refuse("not-a-former-key", key=name)

    async def count(database: Database, _: Sealer, service: str, sealed: SealedColumn) -> int:
        needing = await count_sealed_with(database, name, sealed)
        if needing:
            typer.echo(_say("needed", service=service, table=sealed.table, count=needing))
        return needing

    if any(asyncio.run(_each(count))):
        raise typer.Exit(1)
    typer.echo(_say("retirable", key=name))


async def _each(step: Step[Outcome]) -> list[Outcome]:
    sealer = _sealer()
    url = find_installation().database_url
    outcomes: list[Outcome] = []
    try:
        for service, columns in SEALED.items():
            database = await Database.open(url, service, size=2)
            try:
                outcomes += [await step(database, sealer, service, sealed) for sealed in columns]
            finally:
                await database.close()
    except Unavailable as error:
        _refuse("no-database", reason=type(error.__cause__ or error).__name__)
    return outcomes


def _sealer() -> Sealer:
    """Return the sealer of the environment's keys, else of those that the installation made."""
    keys = os.environ.get("DUTYCLOCK_SEALING_KEYS")
    remembered = DEFAULT_STATE / "secrets.json"
    if not keys and remembered.exists():
        keys = json.loads(remembered.read_text("utf-8")).get("sealing_keys")
    if not keys:
        _refuse("no-keys")
    try:
        return Sealer.parse(keys)
    except ValueError as error:
        _refuse("bad-keys", reason=error)
