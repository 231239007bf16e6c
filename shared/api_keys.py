"""API keys: `dk_<id>_<secret>`, made once, shown once, stored as a hash; the secret may be replaced.

The secret is 256 random bits, so its plain SHA-256 cannot be turned back by trying: a slow password hash
protects what people choose, and here would only let strangers burn our processor.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from shared.access import Principal, Scope, Verifier
from shared.clock import Clock
from shared.errors import NotFound, Unauthenticated
from shared.postgres import Connection, Database, Record

_INSERT = """
INSERT INTO access.api_key (id, name, division, scopes, secret_hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_KEEP = f"{_INSERT} ON CONFLICT (id) DO NOTHING"
_REVOKE = """
UPDATE access.api_key SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING id
"""
_ROTATE = """
UPDATE access.api_key SET secret_hash = $2, former_secret_hash = secret_hash, former_until = $3
WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4) RETURNING id
"""
_LIST = """
SELECT id, name, division, scopes, created_at, expires_at, revoked_at, last_used_at, former_until
FROM access.api_key ORDER BY created_at, id
"""
_FIND = """
SELECT id, name, division, scopes, secret_hash, former_secret_hash, former_until,
       expires_at, revoked_at, last_used_at
FROM access.api_key WHERE id = $1
"""
_NOTE_USE = "SELECT access.note_key_use($1, $2)"

_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_REFUSED = "This key is not known or not valid any more."


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it may be listed: everything but its secret."""

    id: str
    name: str
    division: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the hour."""
    former_until: datetime | None = None
    """Until when the secret before the present one is still taken."""


async def create_key(
    connection: Connection,
    *,
    name: str,
    division: str,
    scopes: Collection[Scope],
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[str, str]:
    """Store a new key and return its id and the whole key, which cannot be shown again.

    `now` is real time, not that of a drill: a key's life is no part of the exercise.
    Raises ValueError for a key without scopes or one that has already expired.
    """
    if not scopes:
        raise ValueError("a key needs at least one scope")
    if expires_at is not None and expires_at <= now:
        raise ValueError("a key cannot expire before it is made")
    key = new_key()
    key_id, hashed = _parts(key)
    await connection.execute(_INSERT, key_id, name, division, sorted(scopes), hashed, now, expires_at)
    return key_id, key


async def keep_key(
    connection: Connection, key: str, *, name: str, division: str, scopes: Collection[Scope], now: datetime
) -> None:
    """Store a key that was made elsewhere, by `new_key`; one that is known already is left as it is.

    So a revoked one stays revoked, however often an installation is started.
    """
    key_id, hashed = _parts(key)
    await connection.execute(_KEEP, key_id, name, division, sorted(scopes), hashed, now, None)


def new_key() -> str:
    """Return a new key, which nobody knows of yet."""
    key_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
    return f"dk_{key_id}_{secrets.token_urlsafe(32)}"


def _parts(key: str) -> tuple[str, bytes]:
    """Return a key's id and the hash of its secret."""
    _, key_id, secret = key.split("_", 2)
    return key_id, hashlib.sha256(secret.encode()).digest()


async def revoke_key(connection: Connection, key_id: str, *, now: datetime) -> None:
    """End a key's life for good; raises NotFound. Services notice within their `access_cache_seconds`."""
    if await connection.fetchval(_REVOKE, key_id, now) is None:
        raise NotFound(f"There is no key {key_id}.")


async def rotate_key(connection: Connection, key_id: str, *, now: datetime, former_until: datetime) -> str:
    """Give a key a new secret and return the whole key, which cannot be shown again.

    The former secret is taken until `former_until`, that before it no more. The key stays who it was: its id,
    its rights, its webhooks and what is on record of it. Raises NotFound for one that is not valid any more.
    """
    secret = new_key().split("_", 2)[2]
    hashed = hashlib.sha256(secret.encode()).digest()
    if await connection.fetchval(_ROTATE, key_id, hashed, former_until, now) is None:
        raise NotFound(f"There is no valid key {key_id}.")
    return f"dk_{key_id}_{secret}"


async def list_keys(connection: Connection) -> Sequence[ApiKey]:
    """Return all keys, revoked and expired ones included, oldest first."""
    rows = cast("list[Record]", await connection.fetch(_LIST))
    return [ApiKey(**cast("Any", {**row, "scopes": _known_scopes(row["scopes"])})) for row in rows]


def verify_keys(database: Database, clock: Clock) -> Verifier:
    """Return the verifier of API keys for `Access`; `clock` must run in real time."""

    async def verify(text: str) -> Principal:
        _, _, rest = text.partition("_")
        key_id, _, secret = rest.partition("_")
        if not secret or len(text) > 128 or not key_id.isalnum():
            raise Unauthenticated(_REFUSED)
        now = clock.now()
        async with database.connection() as connection:
            row = cast("Record | None", await connection.fetchrow(_FIND, key_id))
            if row is None or not _is_valid(row, secret, now):
                raise Unauthenticated(_REFUSED)
            if row["last_used_at"] is None or row["last_used_at"] < now - timedelta(hours=1):
                await connection.execute(_NOTE_USE, key_id, now)
        return Principal(key_id, row["name"], row["division"], _known_scopes(row["scopes"]), "key")

    return verify


def _is_valid(row: Record, secret: str, now: datetime) -> bool:
    hashed = hashlib.sha256(secret.encode()).digest()
    matches = hmac.compare_digest(row["secret_hash"], hashed)
    if not matches and row["former_until"] is not None and now < row["former_until"]:
        matches = hmac.compare_digest(row["former_secret_hash"], hashed)
    alive = row["revoked_at"] is None and (row["expires_at"] is None or now < row["expires_at"])
    return matches and alive


def _known_scopes(stored: Collection[str]) -> frozenset[Scope]:
    """A scope that this version does not know grants nothing."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(text) for text in stored if text in known)
