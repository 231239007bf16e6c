"""Fill the duty roster: people with their sealed channels, and shifts; each row gets a verdict of its own."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.alerts.gateways.channels import ChannelFacts, UnusableChannel, describe_channel
from services.alerts.rules.page_law import PageLaw
from services.alerts.rules.roster import DutyPerson
from services.alerts.rules.roster_document import PersonEntry, ReadEntry, ShiftEntry
from services.alerts.storage import roster
from services.alerts.storage.roster import (
    StoredChannel,
    StoredPerson,
    StoredShift,
    channel_purpose,
    person_id_of,
    shift_id_of,
)
from shared import audit
from shared.access import Principal
from shared.divisions import DivisionRegister
from shared.errors import FieldProblem, NotFound
from shared.postgres import Connection, Database
from shared.sealing import Sealer, Unsealable

GATEWAY = "duty-gateway"


class RowVerdict(StrEnum):
    """What became of a row."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class JudgedEntry:
    """A row with its verdict; a refused one says why."""

    read: ReadEntry
    verdict: RowVerdict
    problems: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class RosterTools:
    """What filling the roster needs besides the rows."""

    database: Database
    register: DivisionRegister
    law: PageLaw
    sealer: Sealer


Described = Mapping[str, ChannelFacts | UnusableChannel]


async def fill_roster(
    tools: RosterTools, entries: Sequence[ReadEntry], *, principal: Principal, now: datetime
) -> list[JudgedEntry]:
    """Store what can be stored, in one transaction, and say of each row what became of it, in their order.

    People come before shifts, wherever they stand. A row outside the principal's subtree, of an unknown
    division, post or person, or with a channel that cannot be used is refused and spoils none of the others.
    """
    judged: dict[int, JudgedEntry] = {}
    described = await asyncio.to_thread(_describe_all, entries)
    async with tools.database.transaction() as connection:
        await audit.done_by(connection, principal.id)
        known = dict(await roster.find_people(connection, sorted(_named_people(entries))))
        filling = _Filling(connection, tools, principal, now, known, described)
        for position in _people_first(entries):
            judged[position] = await filling.fill(entries[position])
    return [judged[position] for position in range(len(entries))]


async def remove_shift(database: Database, shift_id: UUID, *, principal: Principal) -> None:
    """Take a shift off the roster; raises NotFound for one that is not there or outside the subtree."""
    async with database.transaction() as connection:
        shift = await roster.find_shift(connection, shift_id)
        if shift is None:
            raise NotFound("This shift does not exist.")
        principal.must_find(shift.division, "This shift")
        await audit.done_by(connection, principal.id)
        await roster.drop_shift(connection, shift_id)


def _named_people(entries: Sequence[ReadEntry]) -> set[str]:
    named = {read.entry.id for read in entries if isinstance(read.entry, PersonEntry)}
    return named | {read.entry.person for read in entries if isinstance(read.entry, ShiftEntry)}


def _people_first(entries: Sequence[ReadEntry]) -> list[int]:
    """Rows of one kind go by key, so that two documents with the same rows wait for each other in turn."""
    return sorted(range(len(entries)), key=lambda position: _lock_order(entries[position].entry))


def _lock_order(entry: PersonEntry | ShiftEntry | None) -> tuple[str, ...]:
    if isinstance(entry, PersonEntry):
        return ("people", entry.id)
    if isinstance(entry, ShiftEntry):
        return ("shifts", entry.division, entry.post, entry.person, entry.from_at.isoformat())
    return ("unread",)


@dataclass(frozen=True, slots=True)
class _Filling:
    """One filling under way: its transaction, and the people that are known, those just stored included."""

    connection: Connection
    tools: RosterTools
    principal: Principal
    now: datetime
    known: dict[str, StoredPerson]
    described: Described

    async def fill(self, read: ReadEntry) -> JudgedEntry:
        """Store one row, or refuse it."""
        if isinstance(read.entry, PersonEntry):
            return await self._fill_person(read, read.entry)
        if isinstance(read.entry, ShiftEntry):
            return await self._fill_shift(read, read.entry)
        return JudgedEntry(read, RowVerdict.REFUSED, read.problems)

    async def _fill_person(self, read: ReadEntry, entry: PersonEntry) -> JudgedEntry:
        problems = self._division_problems(entry.division)
        held = self.known.get(entry.id)
        if held is not None and not self.principal.reaches(held.division):
            problems.append(FieldProblem("id", "is kept by an office outside the subtree of this key"))
        channels, refused = _read_channels(entry.channels, self.described)
        if problems or refused:
            return JudgedEntry(read, RowVerdict.REFUSED, (*problems, *refused))
        person = DutyPerson(
            id=person_id_of(entry.id),
            key=entry.id,
            name=entry.name,
            language=entry.language,
            working=entry.working,
            channel_kinds=tuple(facts.kind for facts in channels),
        )
        stored = StoredPerson(person, entry.division)
        self.known[entry.id] = stored
        if held == stored and await self._addresses(person.id) == list(entry.channels):
            return JudgedEntry(read, RowVerdict.UNCHANGED)
        sealed = _seal(self.tools.sealer, person.id, entry.channels, channels)
        await roster.save_person(self.connection, stored, sealed, now=self.now)
        return JudgedEntry(read, RowVerdict.STORED)

    async def _fill_shift(self, read: ReadEntry, entry: ShiftEntry) -> JudgedEntry:
        problems = self._division_problems(entry.division)
        if entry.post not in self.tools.law.posts:
            problems.append(FieldProblem("post", "is no post of the policy"))
        person = self.known.get(entry.person)
        if person is None or not self.principal.reaches(person.division):
            problems.append(FieldProblem("person", "is not on the roster of this key's subtree"))
        if problems or person is None:
            return JudgedEntry(read, RowVerdict.REFUSED, tuple(problems))
        shift = StoredShift(
            id=shift_id_of(entry.post, entry.division, entry.person, entry.from_at),
            post=entry.post,
            division=entry.division,
            person_key=entry.person,
            from_at=entry.from_at,
            until_at=entry.until_at,
        )
        stored = await roster.save_shift(self.connection, shift, person.person.id, now=self.now)
        return JudgedEntry(read, RowVerdict.STORED if stored else RowVerdict.UNCHANGED)

    def _division_problems(self, division: str) -> list[FieldProblem]:
        if division not in self.tools.register:
            return [FieldProblem("division", "is not in the register of divisions")]
        if not self.principal.reaches(division):
            return [FieldProblem("division", "lies outside the subtree of this key")]
        return []

    async def _addresses(self, person_id: UUID) -> list[str] | None:
        sealer = self.tools.sealer
        try:
            return [
                sealer.open(channel.sealed, purpose=channel_purpose(person_id, channel.position))
                for channel in await roster.channels_of_person(self.connection, person_id)
            ]
        except Unsealable:
            return None  # sealed with a key that is gone: writing it anew mends it


def _describe_all(entries: Sequence[ReadEntry]) -> Described:
    """Look at every channel once, in a thread: the first look loads all kinds that Apprise knows."""
    described: dict[str, ChannelFacts | UnusableChannel] = {}
    for read in entries:
        for url in read.entry.channels if isinstance(read.entry, PersonEntry) else ():
            if url not in described:
                try:
                    described[url] = describe_channel(url)
                except UnusableChannel as error:
                    described[url] = error
    return described


def _read_channels(
    urls: Sequence[str], described: Described
) -> tuple[list[ChannelFacts], list[FieldProblem]]:
    channels: list[ChannelFacts] = []
    problems: list[FieldProblem] = []
    for position, url in enumerate(urls):
        facts = described[url]
        if isinstance(facts, ChannelFacts):
            channels.append(facts)
        else:
            problems.append(FieldProblem(f"channels.{position}", str(facts)))
    return channels, problems


def _seal(
    sealer: Sealer, person_id: UUID, urls: Sequence[str], channels: Sequence[ChannelFacts]
) -> list[StoredChannel]:
    return [
        StoredChannel(
            position=position,
            kind=facts.kind,
            gateway=sealer.fingerprint(facts.gateway, purpose=GATEWAY),
            text_limit=facts.text_limit,
            sealed=sealer.seal(url, purpose=channel_purpose(person_id, position)),
        )
        for position, (url, facts) in enumerate(zip(urls, channels, strict=True))
    ]
