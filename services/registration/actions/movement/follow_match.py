"""Follow what a notice named and a ledger held to its end."""

from datetime import datetime
from uuid import UUID

from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.rules.day_count import day_of
from services.registration.rules.movement.match_progress import MatchStep, MatchStepKind, follow
from services.registration.rules.places.law import PlacesLaw
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.storage import grounds, notice_matches
from services.registration.storage.grounds import Ground
from services.registration.storage.ledger_comparisons import LOTS
from services.registration.storage.notice_matches import StoredMatch
from shared.errors import Conflict, NotFound
from shared.postgres import Connection, Database
from shared.verdicts import Verdict

NO_MATCH = "There is no such match."
CAUSE = "assistance-notice"


async def follow_match(
    database: Database,
    match_id: UUID,
    step: MatchStep,
    law: PlacesLaw,
    measures: MeasuresLaw,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[StoredMatch, Verdict]:
    """Take a step and return the match as it stands; a repetition changes nothing.

    Who is managed gets the ground that the policy names, and a plan from it, in the same transaction
    (渝肺炎组发〔2021〕1号 §12). Raises NotFound, what `follow` raises, and Conflict where nobody is known who
    could be managed.
    """
    clause = law.cite(law.notices.clause)
    async with database.transaction() as connection:
        match = await notice_matches.lock_match(connection, match_id, bounds)
        if match is None:
            raise NotFound(NO_MATCH)
        if not await notice_matches.append_step(connection, step, now):
            return match, Verdict.DUPLICATE
        progress = follow(match.progress, step, clause=clause)
        await notice_matches.update_match(connection, match_id, progress, now)
        if step.kind is MatchStepKind.MANAGED and match.ledger != LOTS:
            await _manage(connection, match, step, law, measures, now)
        followed = await notice_matches.find_match(connection, match_id, bounds)
        assert followed is not None
    return followed, Verdict.STORED


async def _manage(
    connection: Connection,
    match: StoredMatch,
    step: MatchStep,
    law: PlacesLaw,
    measures: MeasuresLaw,
    now: datetime,
) -> None:
    """Bring whoever was found under management, from the day that the notice names or came."""
    person_id = await notice_matches.person_of(connection, match.ledger, match.subject_id)
    if person_id is None:
        raise Conflict(
            "Nobody is on record with this return; register the person first.",
            clause=law.cite(law.notices.clause),
        )
    began_on = match.named_on or day_of(match.notice_at)
    ground = Ground(person_id, law.notices.ground, began_on, step.told.recorded_at)
    await grounds.insert(connection, [ground], now)
    await decide_plans(connection, [person_id], measures, now=now, cause=CAUSE)
