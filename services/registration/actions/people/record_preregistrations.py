"""Take announced returns in: find out who the people are, keep what is said, match it to their returns."""

import dataclasses
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.registration import sealed_person
from services.registration.actions.people.identify_people import Identified, identify_people
from services.registration.actions.plans.place_people import place_people
from services.registration.ledger import Change, Ledger, Recorded, keep
from services.registration.rules.day_count import day_of
from services.registration.rules.people import preregistration as rule
from services.registration.rules.people.person import PersonStated, problems_of
from services.registration.rules.people.preregistration import (
    Announced,
    Preregistration,
    PreregistrationStatement,
    announced_problems,
)
from services.registration.storage.preregistrations import PreregistrationRows, link_returns
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import Preregistered
from shared.errors import FieldProblem
from shared.postgres import Connection, Database
from shared.sealing import Sealer
from shared.verdicts import OUTSIDE, RowVerdict, Verdict, store_good_rows


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a sender says of somebody's intended return, before it is known who that is."""

    reference: str
    person: PersonStated
    announced: Announced
    received_from: str


@dataclass(frozen=True, slots=True)
class Registers:
    """What announcements are held against."""

    divisions: Container[str]
    areas: Container[str]
    occupations: Container[str]


def announcement_problems(said: Announcement, registers: Registers, now: datetime) -> list[FieldProblem]:
    """Return why an announcement cannot be stored, field by field; an empty list when it can."""
    of_person = problems_of(said.person, day_of(now), registers.divisions, registers.occupations)
    named = [
        one if one.field == "division" else dataclasses.replace(one, field=f"person.{one.field}")
        for one in of_person
    ]
    return named + announced_problems(said.announced, now, registers.areas)


async def receive_preregistrations(
    database: Database,
    sealer: Sealer,
    said: Sequence[Announcement],
    registers: Registers,
    *,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[tuple[RowVerdict, Recorded[Preregistration] | None]]:
    """Return a verdict for each announcement, and what holds of the good ones, in their order."""
    recorded: list[Recorded[Preregistration]] = []

    def judge(one: Announcement) -> Sequence[FieldProblem]:
        problems = announcement_problems(one, registers, now)
        return problems if problems or reaches(one.person.division) else [OUTSIDE]

    async def store(good: Sequence[Announcement]) -> list[RowVerdict]:
        recorded.extend(await record_preregistrations(database, sealer, good, now=now))
        return [RowVerdict(one.verdict, one.held.id) for one in recorded]

    verdicts = await store_good_rows(said, problems_of=judge, store=store)
    held = iter(recorded)
    return [(verdict, None if verdict.id is None else next(held)) for verdict in verdicts]


async def record_preregistrations(
    database: Database, sealer: Sealer, said: Sequence[Announcement], *, now: datetime
) -> list[Recorded[Preregistration]]:
    """Keep each announcement once and return what became of each, in their order, with what holds now.

    A day that is announced, or changed, is told (渡建胜肺炎组发〔2021〕2号 §16). Who has come already is
    matched at once.
    """
    rows = PreregistrationRows(sealer)
    ledger: Ledger[PreregistrationStatement, Preregistration] = Ledger(
        begin=rule.begin,
        merge=rule.merge,
        insert=rows.insert,
        lock=rows.lock,
        update=rows.update,
        append=rows.append,
    )
    async with database.transaction() as connection:
        people = await _identify(connection, sealer, said, now)
        statements = [_statement(sealer, one, who) for one, who in zip(said, people, strict=True)]
        outcome = await keep(connection, ledger, statements, now=now)
        touched = {change.after.person_id for change in outcome.changes}
        linked = await link_returns(connection, touched, now)
        await outbox.put(
            connection, [one for change in outcome.changes for one in events_of(change)], now=now
        )
        await place_people(connection, touched, now=now)
    return [
        Recorded(
            dataclasses.replace(one.held, return_id=linked.get(one.held.id, one.held.return_id)),
            one.verdict if who.said_before else Verdict.STORED,
        )
        for one, who in zip(outcome.recorded, people, strict=True)
    ]


async def _identify(
    connection: Connection, sealer: Sealer, said: Sequence[Announcement], now: datetime
) -> list[Identified]:
    sender = said[0].received_from if said else ""
    return await identify_people(
        connection, sealer, [one.person for one in said], now=now, received_from=sender
    )


def _statement(sealer: Sealer, said: Announcement, who: Identified) -> PreregistrationStatement:
    return PreregistrationStatement(
        reference=said.reference,
        division=said.person.division,
        person_id=who.person_id,
        announced=said.announced,
        contact_mark=sealed_person.contact_mark(sealer, said.announced.contact),
        received_from=said.received_from,
    )


def events_of(change: Change[Preregistration]) -> list[Envelope]:
    """Return what a change tells the others; each day is told once, the id follows from it."""
    before, after = change.before, change.after.announced
    if after.cancelled:
        return []
    told = before is not None and not before.announced.cancelled
    if told and before is not None and before.announced.intended_on == after.intended_on:
        return []
    event = Preregistered(
        division=change.after.division,
        occurred_at=after.recorded_at,
        recorded_at=after.recorded_at,
        preregistration_id=change.after.id,
        person_id=change.after.person_id,
        intended_on=after.intended_on,
    )
    return [envelop(event, id=derived_id(event.TYPE, change.after.id, after.intended_on))]
