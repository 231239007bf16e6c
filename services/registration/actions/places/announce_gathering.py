"""Put what is said of a gathering on record, and judge whether it needs a decision."""

from dataclasses import replace
from datetime import datetime

from services.registration.actions.places.judge_gatherings import judge_gatherings
from services.registration.rules.places.gathering import (
    GatheringState,
    GatheringStatement,
    begin,
    is_suspended,
    merge,
    repeats,
)
from services.registration.rules.places.law import PlacesLaw
from services.registration.sealed_contact import (
    NamedContact,
    open_contact,
    organiser_purpose,
    seal_contact,
)
from services.registration.storage import gatherings, places
from services.registration.storage.gatherings import StoredGathering
from shared.errors import FieldProblem, InvalidInput
from shared.policy.key_places import GatheringKind, Gatherings
from shared.postgres import Connection, Database
from shared.sealing import Sealer
from shared.verdicts import Verdict

SUSPENDED = FieldProblem("kind", "is suspended by the notices")
NO_PLACE = FieldProblem("place", "no place of your subtree carries this code")


def suspending(statement: GatheringStatement, law: PlacesLaw) -> GatheringKind | None:
    """Return the announced kind when it is not held at all; None for one that may be announced.

    What was seen going on is no announcement and is taken (渡建胜肺炎组发〔2021〕2号 §18).
    """
    kind = law.gatherings.kind(statement.facts.kind)
    if statement.held_at is not None or kind is None or not is_suspended(kind.id, law.gatherings):
        return None
    return kind


def refuse_suspended(statement: GatheringStatement, law: PlacesLaw) -> None:
    """Raise InvalidInput with the clause for a kind that is not held at all."""
    kind = suspending(statement, law)
    if kind is None:
        return
    raise InvalidInput(
        "Gatherings of this kind are suspended.",
        problems=[SUSPENDED],
        clause=law.cite(kind.clause),
    )


async def announce_gathering(
    database: Database,
    sealer: Sealer,
    statement: GatheringStatement,
    organiser: NamedContact,
    law: Gatherings,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[StoredGathering, Verdict]:
    """Keep a statement and return how the gathering stands (渡建胜肺炎组发〔2021〕2号 §14).

    Another head count, place, time, plan or organiser is a statement under the same reference: the one that
    was entered last holds and is judged anew. Raises InvalidInput for a key place outside the subtree.
    """
    async with database.transaction() as connection:
        if not await finds_place(connection, statement, bounds):
            raise InvalidInput("The gathering has fields that are refused.", problems=[NO_PLACE])
        return await keep_gathering(connection, sealer, statement, organiser, law, now=now)


async def keep_gathering(
    connection: Connection,
    sealer: Sealer,
    statement: GatheringStatement,
    organiser: NamedContact,
    law: Gatherings,
    *,
    now: datetime,
) -> tuple[StoredGathering, Verdict]:
    """Do the same within the caller's transaction, of a gathering whose place is known."""
    purpose = organiser_purpose(statement.id)
    organiser_sealed = seal_contact(sealer, organiser, purpose=purpose).sealed
    draft = StoredGathering(begin(statement), organiser_sealed, GatheringState.FREE)
    is_new = await gatherings.insert(connection, draft, now)
    known = await gatherings.lock(connection, statement.id)
    assert known is not None
    if not is_new and repeats(known.gathering, statement):
        held_organiser = open_contact(sealer, known.organiser_sealed, purpose=purpose)
        if held_organiser == organiser:
            return known, Verdict.DUPLICATE
    if not await gatherings.append(connection, statement, now):
        return known, Verdict.DUPLICATE
    held = merge(known.gathering, draft.gathering)
    restated = is_new or held.statement_id != known.gathering.statement_id
    sealed = organiser_sealed if restated else known.organiser_sealed
    after = replace(known, gathering=held, organiser_sealed=sealed)
    (judged,) = await judge_gatherings(connection, [after], law, now=now, restated=restated)
    return judged, Verdict.STORED


async def finds_place(connection: Connection, statement: GatheringStatement, bounds: tuple[str, str]) -> bool:
    """Tell whether the key place that a gathering names, if any, is one of the subtree."""
    code = statement.facts.place_code
    return code is None or await places.find(connection, code, bounds) is not None
