"""`dutyclock keys`: make, list, rotate and revoke the keys that systems and people call with."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, TypeVar, cast

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from dutyclock.installation import find_installation
from dutyclock.terminal import Catalogue
from shared.access import Scope
from shared.api_keys import ApiKey, create_key, list_keys, revoke_key, rotate_key
from shared.clock import SHANGHAI, Clock
from shared.divisions import DivisionRegister
from shared.errors import NotFound
from shared.instants import parse_instant
from shared.postgres import Connection
from shared.settings import Settings

app = typer.Typer(
    help="密钥：生成、列出、更换、吊销。Keys: make, list, rotate, revoke.",
    no_args_is_help=True,
    add_completion=False,
)

_CATALOGUE = Catalogue(Path(__file__).parent.parent / "messages" / "keys.yaml")
_say, _refuse = _CATALOGUE.line, _CATALOGUE.refuse
_CACHE_SECONDS = cast("float", Settings.model_fields["access_cache_seconds"].default)

Outcome = TypeVar("Outcome")


@app.command()
def create(
    division: Annotated[str, typer.Option(help="所属区划代码。The division whose subtree the key sees.")],
    scope: Annotated[list[str], typer.Option(help="权限，可重复。What it may do; repeat for several.")],
    name: Annotated[str, typer.Option(help="名称。Whose key it is.")] = "",
    expires: Annotated[
        str | None, typer.Option(help="失效日期或时刻。The day or time it ends with; never by default.")
    ] = None,
) -> None:
    """生成密钥，仅显示一次。Make a key and show it, once: `--division 500104102 --scope results:write`."""
    scopes = [_scope(text) for text in scope]
    if division not in _divisions():
        _refuse("unknown-division", code=division)
    now = Clock().now()  # real time: a key's life is no part of a drill
    expires_at = _expiry(expires, now) if expires else None

    async def make(connection: Connection) -> str:
        _, key = await create_key(
            connection, name=name, division=division, scopes=scopes, now=now, expires_at=expires_at
        )
        return key

    key = _with_connection(make)
    typer.echo(_say("made"), err=True)
    typer.echo(key)


@app.command("list")
def list_() -> None:
    """列出全部密钥，不含密钥本身。List all keys, without their secrets."""
    now = Clock().now()
    table = Table("id", "name 名称", "division 区划", "scopes 权限", "state 状态", "last used 最近使用")
    for key in _with_connection(list_keys):
        table.add_row(
            key.id,
            key.name,
            key.division,
            " ".join(sorted(key.scopes)),
            _state(key, now),
            _shown(key.last_used_at),
        )
    Console(width=None if os.isatty(1) else 200).print(table)


@app.command()
def rotate(
    key_id: Annotated[
        str, typer.Argument(metavar="ID", help="见 keys list。See `keys list`.", show_default=False)
    ],
    overlap_hours: Annotated[
        float,
        typer.Option(min=0, max=8760, help="旧密钥继续有效的小时数。How long the former one still holds."),
    ] = 168.0,
) -> None:
    """更换密钥，旧密钥在一段时间内仍有效。Give a key a new secret; the former one holds for a while.

    编号、权限、回调与记录不变；泄露时用 0。Its id, rights and webhooks stay; 0 for one that leaked.
    """
    now = Clock().now()
    until = now + timedelta(hours=overlap_hours)
    try:
        key = _with_connection(lambda connection: rotate_key(connection, key_id, now=now, former_until=until))
    except NotFound:
        _refuse("no-such-key", id=key_id)
    typer.echo(_say("rotated", id=key_id, until=_shown(until)), err=True)
    typer.echo(key)


@app.command()
def revoke(
    key_id: Annotated[
        str, typer.Argument(metavar="ID", help="见 keys list。See `keys list`.", show_default=False)
    ],
) -> None:
    """吊销密钥，不可恢复。End a key's life; it cannot be brought back."""
    now = Clock().now()
    try:
        _with_connection(lambda connection: revoke_key(connection, key_id, now=now))
    except NotFound:
        _refuse("no-such-key", id=key_id)
    typer.echo(_say("revoked", id=key_id, seconds=f"{_CACHE_SECONDS:g}"))


def _scope(text: str) -> Scope:
    try:
        return Scope(text)
    except ValueError:
        _refuse("unknown-scope", scope=text, known=", ".join(Scope))


def _divisions() -> DivisionRegister:
    default = cast("Path", Settings.model_fields["divisions_file"].default)
    return DivisionRegister.load(Path(os.environ.get("DUTYCLOCK_DIVISIONS_FILE", default)))


def _expiry(text: str, now: datetime) -> datetime:
    """A day ends with its last moment in Shanghai."""
    try:
        if len(text) == 10:
            expires_at = datetime.combine(date.fromisoformat(text), time.max, SHANGHAI)
        else:
            expires_at = parse_instant(text)
    except ValueError:
        _refuse("bad-expiry")
    if expires_at <= now:
        _refuse("bad-expiry")
    return expires_at


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked 已吊销 {_shown(key.revoked_at)}"
    if key.former_until is not None and key.former_until > now:
        return f"former secret until 旧密钥有效至 {_shown(key.former_until)}"
    if key.expires_at is None:
        return "valid 有效"
    return f"{'valid until 有效至' if key.expires_at > now else 'expired 已过期'} {_shown(key.expires_at)}"


def _shown(instant: datetime | None) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if instant else ""


def _with_connection(work: Callable[[Connection], Awaitable[Outcome]]) -> Outcome:
    url = os.environ.get("DATABASE_URL") or find_installation().database_url

    async def run() -> Outcome:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await work(connection)
        finally:
            await connection.close()

    try:
        return asyncio.run(run())
    except asyncpg.UndefinedTableError:
        _refuse("no-table")
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError):
        _refuse("no-database")
