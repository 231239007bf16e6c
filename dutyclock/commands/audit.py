"""`dutyclock audit`: whether the trail of what was done is whole, its newest rows, and its head to keep."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import asyncpg
import typer

from dutyclock.audit_trails import SCHEMAS, Connection, differences, newest, read_trail
from dutyclock.installation import find_installation
from dutyclock.listing import Row, print_rows
from dutyclock.terminal import Catalogue
from shared.audit_chain import Head, beginning_of, first_break
from shared.clock import Clock

app = typer.Typer(
    help="审计链：校验、查看、留存链头。The audit trail: verify, list, keep its head.",
    no_args_is_help=True,
    add_completion=False,
)
_CATALOGUE = Catalogue(Path(__file__).parent.parent / "messages" / "audit.yaml")
_say = _CATALOGUE.line
_OWN_COLUMNS = ("sequence", "action", "by", "at", "written_at", "role")
BROKEN, CANNOT_LOOK = 1, 2

Outcome = TypeVar("Outcome")


def _refuse(name: str, **values: object) -> NoReturn:
    typer.echo(_say(name, **values), err=True)
    raise typer.Exit(CANNOT_LOOK)


@app.command()
def verify(
    head: Annotated[
        Path | None,
        typer.Option(help="此前用 audit head 留存的链头。Heads kept earlier, as `audit head` printed them."),
    ] = None,
) -> None:
    """校验全部审计链与其台账；有问题时以 1 结束。Verify every trail; ends with 1 if one is broken."""
    kept = _kept_heads(head) if head else {}

    async def work(connection: Connection) -> bool:
        return all([await _verify_one(connection, schema, kept.get(schema)) for schema in SCHEMAS])

    if not _with_connection(work):
        raise typer.Exit(BROKEN)


async def _verify_one(connection: Connection, schema: str, kept: Head | None) -> bool:
    """Say how a trail is, and return whether it is whole."""
    trail = await read_trail(connection, schema)
    broken = first_break(trail.rows, beginning_of(schema), trail.head, kept)
    if broken is not None:
        what = _CATALOGUE.say(broken.kind)
        place = {"schema": schema, "sequence": broken.sequence}
        typer.echo(_CATALOGUE.say("broken", **place, what=what.zh).zh)
        typer.echo(_CATALOGUE.say("broken", **place, what=what.en).en)
        return False
    found = await differences(connection, schema)
    for one in found:
        if one.first_without_row is not None:
            place = {"schema": schema, "source": one.source, "sequence": one.first_without_row}
            typer.echo(_say("ledger-differs", **place))
        if one.rows_untold:
            typer.echo(_say("not-in-trail", schema=schema, source=one.source, count=one.rows_untold))
    if not found:
        newest_row = trail.head or beginning_of(schema)
        place = {"schema": schema, "count": len(trail.rows), "sequence": newest_row.sequence}
        typer.echo(_say("whole", **place, hash=newest_row.hash.hex()))
    return not found


@app.command()
def head() -> None:
    """显示各链链头（JSON），请留存在别处。Print the heads as JSON, to be kept elsewhere: on paper will do."""

    async def work(connection: Connection) -> dict[str, dict[str, object]]:
        trails = [await read_trail(connection, schema) for schema in SCHEMAS]
        heads = {one.schema: one.head or beginning_of(one.schema) for one in trails}
        return {schema: {"sequence": one.sequence, "hash": one.hash.hex()} for schema, one in heads.items()}

    heads = _with_connection(work)
    typer.echo(json.dumps({"kept_at": Clock().now().isoformat(), "heads": heads}, indent=1))


@app.command("list")
def list_(
    schema: Annotated[str, typer.Argument(help="服务名或 access。A service, or access for keys.")],
    most: Annotated[int, typer.Option(min=1, max=100_000, help="最多条数。The most rows.")] = 50,
) -> None:
    """列出最新记录。List the newest rows of a trail, newest first."""
    if schema not in SCHEMAS:
        _refuse("unknown-schema", schema=schema, known=", ".join(SCHEMAS))
    rows = _with_connection(lambda connection: newest(connection, schema, most))
    if not rows:
        typer.echo(_say("none"))
        return
    print_rows(_CATALOGUE.columns(), [Row(_cells(row)) for row in rows])


def _cells(told: Mapping[str, Any]) -> tuple[str, ...]:
    detail = {name: value for name, value in told.items() if name not in _OWN_COLUMNS}
    return (
        str(told["sequence"]),
        str(told.get("at") or told["written_at"]),
        str(told["action"]),
        str(told.get("by") or told["role"]),
        json.dumps(detail, ensure_ascii=False),
    )


def _kept_heads(file: Path) -> dict[str, Head]:
    try:
        heads = json.loads(file.read_text("utf-8"))["heads"]
        return {
            str(schema): Head(int(one["sequence"]), bytes.fromhex(one["hash"]))
            for schema, one in heads.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        _refuse("heads-unreadable", reason=f"{type(problem).__name__}: {problem}")


def _with_connection(work: Callable[[Connection], Awaitable[Outcome]]) -> Outcome:
    """Look with the owner's account, at one moment for everything."""
    url = os.environ.get("DATABASE_URL") or find_installation().database_url

    async def run() -> Outcome:
        connection = await asyncpg.connect(url, timeout=10, server_settings={"timezone": "UTC"})
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await work(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except asyncpg.UndefinedTableError:
        _refuse("no-trail")
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
        _refuse("no-database", reason=type(problem).__name__)
