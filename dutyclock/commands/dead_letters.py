"""`dutyclock dead-letters`: what could not be handled, why, and how it is sent again."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from dutyclock.installation import Installation, find_installation
from shared.clock import Clock
from shared.errors import Unavailable
from shared.jetstream import SERVICES, connect

app = typer.Typer(
    help="死信：列出、查看、重发。Messages put aside: list, show, replay.",
    no_args_is_help=True,
    add_completion=False,
)
console = Console()

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
        typer.echo(f"数据库没有应答 The database does not answer: {type(error).__name__}", err=True)
        raise typer.Exit(1) from None
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    return connection


def _schema(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(f"one of {', '.join(SERVICES)}")
    return service


@app.command("list")
def list_(
    all_: bool = typer.Option(False, "--all", help="含已重发的。Those replayed already as well."),
) -> None:
    """列出死信。List what was put aside, service by service."""
    console.print(asyncio.run(_list(find_installation(), all_)))


async def _list(installation: Installation, replayed_too: bool) -> Table:
    table = Table("service", "id", "consumer", "subject", "reason", "put aside at", "replayed at")
    connection = await _open(installation)
    try:
        for service in SERVICES:
            for row in await connection.fetch(LIST.format(schema=service), replayed_too):
                table.add_row(
                    service,
                    str(row["id"]),
                    row["consumer"],
                    row["subject"],
                    row["reason"],
                    row["put_aside_at"].isoformat(timespec="seconds"),
                    row["replayed_at"].isoformat(timespec="seconds") if row["replayed_at"] else "",
                )
    finally:
        await connection.close()
    return table


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
        typer.echo(f"There is no dead letter {id} of {schema}.", err=True)
        raise typer.Exit(1)
    found = cast("Mapping[str, Any]", row)
    document = {**found, "body": bytes(found["body"]).decode("utf-8", "backslashreplace")}
    console.print_json(json.dumps(document, default=str, ensure_ascii=False))


@app.command()
def replay(
    service: str,
    id: int | None = typer.Argument(None, help="一条；不写则全部。One message; without it, all that wait."),
) -> None:
    """原因排除后重新发送。Publish messages again under their own ids, once their cause is mended."""
    count = asyncio.run(_replay(find_installation(), _schema(service), id))
    typer.echo(f"重新发送 replayed: {count}")


def replayed_headers(headers: Mapping[str, str], message_id: str) -> dict[str, str]:
    """Return a message's headers without those of its first publication.

    Its old id would be dropped as a repetition, and its place in a batch would make a batch without an end.
    """
    own = {name: value for name, value in headers.items() if not name.lower().startswith("nats-")}
    return {**own, "Nats-Msg-Id": message_id}


async def _replay(installation: Installation, schema: str, id: int | None) -> int:
    connection = await _open(installation)
    try:
        client = await connect(installation.nats_url, "dead-letters")
    except Unavailable:
        await connection.close()
        typer.echo("消息总线没有应答 The bus does not answer; nothing was sent.", err=True)
        raise typer.Exit(1) from None
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
                typer.echo(f"There is no dead letter {waiting} of {schema}.", err=True)
                raise typer.Exit(1)
            now = Clock().now()
            headers = replayed_headers(row["headers"], f"replay-{schema}-{waiting}-{now.timestamp()}")
            await jetstream.publish(row["subject"], bytes(row["body"]), headers=headers, timeout=5)
            await connection.execute(MARK.format(schema=schema), waiting, now)
    finally:
        await client.close()
        await connection.close()
    return len(ids)
