"""Take health reports from a ledger that names people by their documents, and answer for each row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.registration import sealed_person
from services.registration.actions.care.record_health_reports import record_health_reports
from services.registration.rules.care.health_report import HealthStatement
from services.registration.rules.people.identity import Identity
from services.registration.storage import people
from shared.errors import FieldProblem
from shared.policy.care import HealthReports
from shared.postgres import Database
from shared.sealing import Sealer
from shared.verdicts import RowVerdict, Verdict

UNKNOWN = FieldProblem("identity.number", "is on record of nobody of the subtree of this key")


@dataclass(frozen=True, slots=True)
class SaidOf:
    """What was said of somebody, and their document where it names them; None when their id does."""

    statement: HealthStatement
    identity: Identity | None


async def receive_health_rows(
    database: Database,
    sealer: Sealer,
    law: HealthReports,
    said: Sequence[SaidOf],
    *,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each row, in their order; the good ones are recorded in one transaction.

    Somebody whom no record here names is refused, and so is somebody of another subtree, in the same words.
    """
    known = await _find(database, sealer, {one.identity for one in said if one.identity is not None})
    named = [
        one.statement if one.identity is None else replace(one.statement, person_id=known[one.identity])
        for one in said
        if one.identity is None or one.identity in known
    ]
    judged = iter(await record_health_reports(database, law, named, reaches=reaches, now=now))
    verdicts: list[RowVerdict] = []
    for one in said:
        if one.identity is not None and one.identity not in known:
            verdicts.append(RowVerdict(Verdict.REFUSED, None, (UNKNOWN,)))
            continue
        found = next(judged)
        hidden = one.identity is not None and any(problem.field == "person_id" for problem in found.problems)
        problems = (UNKNOWN,) if hidden else found.problems
        verdicts.append(RowVerdict(found.verdict, found.held and found.held.id, problems))
    return verdicts


async def _find(database: Database, sealer: Sealer, identities: set[Identity]) -> Mapping[Identity, UUID]:
    """Return who has each document, merged people as whoever they became."""
    marks = {
        mark: identity
        for identity in identities
        for mark in sealed_person.identity_fingerprints(sealer, identity)
    }
    if not marks:
        return {}
    async with database.connection() as connection:
        traced = await people.find_by_fingerprints(connection, list(marks), ())
        survivors = await people.resolve(connection, [one.person_id for one in traced])
    return {marks[one.identity]: survivors[one.person_id] for one in traced if one.identity in marks}
