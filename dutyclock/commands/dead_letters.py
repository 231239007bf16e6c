"""`dutyclock dead-letters`: what could not be handled, why, and how it is sent again."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import asyncpg
import typer
from rich.console import Console

from dutyclock.installation import Installation, find_installation
from dutyclock.listing import Row, print_rows
from dutyclock.terminal import Catalogue
from shared.clock import SHANGHAI, Clock
from shared.errors import Unavailable
from shared.jetstream import SERVICES, connect

app = typer.Typer(
    help="死信：列出、查看、重发。Messages put aside: list, show, replay.",
    no_args_is_help=True,
    add_completion=False,
)
_CATALOGUE = Catalogue(Path(__file__).parent.parent / "messages" / "dead_letters.yaml")
_say, _refuse = _CATALOGUE.line, _CATALOGUE.refuse

LIST = """
SELECT id, consumer, stream, sequence, subject, reason, put_aside_at, replayed_at
FROM {schema}.dead_letter
WHERE replayed_at IS NULL OR $1
ORDER BY id
"""
SHOW = "SELECT * FROM {schema}.dead_letter WHERE id = $1"
WAITING = "SELECT id FROM {schema}.dead_letter WHERE replayed_at IS NULL ORDER BY id"
MARK = "UPDATE {schema}.dead_letter SET replayed_at = $2 WHERE id = $1"


async def _open(installation: Installation) -> "asyncpg.Connection[asyncpg.Record]":
    try:
        connection = await asyncpg.connect(installation.database_url, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        _refuse("no-database", reason=type(error).__name__)
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    return connection


def _schema(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(_say("unknown-service", service=service, services=", ".join(SERVICES)))
    return service


@app.command("list")
def list_(
    all_: bool = typer.Option(False, "--all", help="含已重发的。Those replayed already as well."),
) -> None:
    """列出死信。List what was put aside, service by service."""
    rows = asyncio.run(_list(find_installation(), all_))
    if not rows:
        typer.echo(_say("none"))
        return
    print_rows(_CATALOGUE.columns(), rows)


async def _list(installation: Installation, replayed_too: bool) -> Sequence[Row]:
    rows: list[Row] = []
    connection = await _open(installation)
    try:
        for service in SERVICES:
            for row in await connection.fetch(LIST.format(schema=service), replayed_too):
                told = (row["consumer"], row["subject"], row["reason"])
                times = (_at(row["put_aside_at"]), _at(row["replayed_at"]))
                rows.append(Row((service, str(row["id"]), *told, *times)))
    finally:
        await connection.close()
    return rows


def _at(instant: datetime | None) -> str:
    return instant.astimezone(SHANGHAI).strftime("%m-%d %H:%M:%S") if instant else ""


@app.command()
def show(service: str, id: int) -> None:
    """查看一条死信的全部内容。Show one message whole: headers, body, reason and the fields refused."""
    asyncio.run(_show(find_installation(), _schema(service), id))


async def _show(installation: Installation, schema: str, id: int) -> None:
    connection = await _open(installation)
    try:
        row = await connection.fetchrow(SHOW.format(schema=schema), id)
    finally:
        await connection.close()
    if row is None:
        _refuse("no-such-letter", service=schema, id=id)
    found = cast("Mapping[str, Any]", row)
    times = {
        name: at.astimezone(SHANGHAI).isoformat() for name, at in found.items() if isinstance(at, datetime)
    }
    document = {**found, **times, "body": bytes(found["body"]).decode("utf-8", "backslashreplace")}
    Console().print_json(json.dumps(document, default=str, ensure_ascii=False))


@app.command()
def replay(
    service: str,
    id: int | None = typer.Argument(None, help="一条；不写则全部。One message; without it, all that wait."),
) -> None:
    """原因排除后重新发送。Publish messages again under their own ids, once their cause is mended."""
    count = asyncio.run(_replay(find_installation(), _schema(service), id))
    typer.echo(_say("replayed", count=count))


def replayed_headers(headers: Mapping[str, str], message_id: str) -> dict[str, str]:
    """Return a message's headers without those of its first publication.

    Its old id would be dropped as a repetition, and its place in a batch would make a batch without an end.
    """
    own = {name: value for name, value in headers.items() if not name.lower().startswith("nats-")}
    return {**own, "Nats-Msg-Id": message_id}


async def _replay(installation: Installation, schema: str, id: int | None) -> int:
    connection = await _open(installation)
    try:
        client = await connect(installation.bus, "dead-letters")
    except Unavailable:
        await connection.close()
        _refuse("no-bus")
    try:
        ids = (
            [row["id"] for row in await connection.fetch(WAITING.format(schema=schema))]
            if id is None
            else [id]
        )
        jetstream = client.jetstream()
        for waiting in ids:
            row = await connection.fetchrow(SHOW.format(schema=schema), waiting)
            if row is None:
                _refuse("no-such-letter", service=schema, id=waiting)
            now = Clock().now()
            headers = replayed_headers(row["headers"], f"replay-{schema}-{waiting}-{now.timestamp()}")
            await jetstream.publish(row["subject"], bytes(row["body"]), headers=headers, timeout=5)
            await connection.execute(MARK.format(schema=schema), waiting, now)
    finally:
        await client.close()
        await connection.close()
    return len(ids)
