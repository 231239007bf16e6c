"""The duty roster's rows: people, their sealed channels, and shifts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from services.alerts.rules.roster import DutyPerson, DutyShift
from shared.contracts import derived_id
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "roster.sql")


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person of the roster and the division whose office keeps the entry."""

    person: DutyPerson
    division: str


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel as it lies in the database: its kind, whose gateway it is, and the sealed address."""

    position: int
    kind: str
    gateway: bytes
    text_limit: int | None
    sealed: bytes


@dataclass(frozen=True, slots=True)
class StoredShift:
    """A shift as it is listed."""

    id: UUID
    post: str
    division: str
    person_key: str
    from_at: datetime
    until_at: datetime


def person_id_of(key: str) -> UUID:
    """Return the id of the person that the roster's documents call `key`."""
    return derived_id("duty-person", key)


def shift_id_of(post: str, division: str, person_key: str, from_at: datetime) -> UUID:
    """Return the id of a shift; a repeated line is the same shift, and may move its end."""
    return derived_id("duty-shift", post, division, person_key, from_at.isoformat())


def channel_purpose(person_id: UUID, position: int) -> str:
    """Return what a channel's seal is bound to: its own place."""
    return f"duty-channel {person_id} {position}"


def _person(row: Record) -> DutyPerson:
    return DutyPerson(
        id=row["id"],
        key=row["key"],
        name=row["name"],
        language=row["language"],
        working=row["working"],
        channel_kinds=tuple(row["channel_kinds"]),
    )


def _channel(row: Record) -> StoredChannel:
    return StoredChannel(row["position"], row["kind"], row["gateway"], row["text_limit"], row["sealed"])


def _shift(row: Record) -> StoredShift:
    return StoredShift(
        row["id"], row["post"], row["division"], row["person_key"], row["from_at"], row["until_at"]
    )


async def find_people(connection: Connection, keys: Iterable[str]) -> Mapping[str, StoredPerson]:
    """Return those of the people that are known, by key."""
    rows = await QUERIES.fetch(connection, "find_people", keys=list(keys))
    return {row["key"]: StoredPerson(_person(row), row["division"]) for row in rows}


async def list_people(
    connection: Connection, bounds: tuple[str, str], *, after: str | None, most: int
) -> list[StoredPerson]:
    """Return the people of a subtree by key, those after `after`."""
    low, high = bounds
    rows = await QUERIES.fetch(connection, "list_people", low=low, high=high, after=after, most=most)
    return [StoredPerson(_person(row), row["division"]) for row in rows]


async def save_person(
    connection: Connection, stored: StoredPerson, channels: Sequence[StoredChannel], *, now: datetime
) -> None:
    """Insert or replace a person with all channels."""
    person = stored.person
    await QUERIES.execute(
        connection,
        "save_person",
        id=person.id,
        key=person.key,
        person_name=person.name,
        division=stored.division,
        language=person.language,
        working=person.working,
        now=now,
    )
    await QUERIES.execute(connection, "drop_channels", person_id=person.id)
    if channels:
        await QUERIES.execute(
            connection,
            "insert_channels",
            person_id=person.id,
            positions=[channel.position for channel in channels],
            kinds=[channel.kind for channel in channels],
            gateways=[channel.gateway for channel in channels],
            text_limits=[channel.text_limit for channel in channels],
            sealeds=[channel.sealed for channel in channels],
        )


async def channels_of_person(connection: Connection, person_id: UUID) -> list[StoredChannel]:
    """Return a person's channels in their order, sealed."""
    rows = await QUERIES.fetch(connection, "channels_of_person", person_id=person_id)
    return [_channel(row) for row in rows]


async def lock_channels_after(
    connection: Connection, after: tuple[UUID, int], *, most: int
) -> list[tuple[UUID, int, bytes]]:
    """Return person, position and seal of the channels behind a place, for a rotation of keys."""
    rows = await QUERIES.fetch(
        connection, "all_channels", after_person=after[0], after_position=after[1], most=most
    )
    return [(row["person_id"], row["position"], row["sealed"]) for row in rows]


async def reseal_channel(
    connection: Connection, person_id: UUID, position: int, *, gateway: bytes, sealed: bytes
) -> None:
    """Replace a channel's seal and gateway hash."""
    await QUERIES.execute(
        connection, "reseal_channel", person_id=person_id, position=position, gateway=gateway, sealed=sealed
    )


async def save_shift(connection: Connection, shift: StoredShift, person_id: UUID, *, now: datetime) -> bool:
    """Insert a shift or move its end; False when exactly this was on record."""
    saved = await QUERIES.fetchval(
        connection,
        "save_shift",
        id=shift.id,
        post=shift.post,
        division=shift.division,
        person_id=person_id,
        from_at=shift.from_at,
        until_at=shift.until_at,
        now=now,
    )
    return saved is not None


async def find_shift(connection: Connection, shift_id: UUID) -> StoredShift | None:
    """Return a shift, or None."""
    row = await QUERIES.fetchrow(connection, "find_shift", id=shift_id)
    return None if row is None else _shift(row)


async def drop_shift(connection: Connection, shift_id: UUID) -> None:
    """Take a shift off the roster."""
    await QUERIES.execute(connection, "drop_shift", id=shift_id)


async def list_shifts(
    connection: Connection,
    bounds: tuple[str, str],
    *,
    from_at: datetime,
    until_at: datetime,
    post: str | None,
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[StoredShift]:
    """Return the shifts of a subtree that touch a span, by their beginning."""
    low, high = bounds
    after_at, after_id = after or (None, None)
    rows = await QUERIES.fetch(
        connection,
        "list_shifts",
        low=low,
        high=high,
        from_at=from_at,
        until_at=until_at,
        post=post,
        after_at=after_at,
        after_id=after_id,
        most=most,
    )
    return [_shift(row) for row in rows]


async def shifts_between(
    connection: Connection, divisions: Iterable[str], from_at: datetime, until_at: datetime
) -> list[DutyShift]:
    """Return the shifts in exactly these divisions that touch the span, with their people."""
    rows = await QUERIES.fetch(
        connection, "shifts_between", divisions=list(divisions), from_at=from_at, until_at=until_at
    )
    people: dict[UUID, DutyPerson] = {}
    return [
        DutyShift(
            post=row["post"],
            division=row["division"],
            person=people.setdefault(row["id"], _person(row)),
            from_at=row["from_at"],
            until_at=row["until_at"],
        )
        for row in rows
    ]


async def shifts_at(connection: Connection, divisions: Iterable[str], now: datetime) -> list[DutyShift]:
    """Return the shifts in exactly these divisions that run at `now`."""
    return await shifts_between(connection, divisions, now, now + timedelta(microseconds=1))
