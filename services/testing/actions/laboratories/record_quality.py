"""Record the controls of a run or a proficiency round, judge it, and suspend a laboratory that fails."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.testing.actions.laboratories.read_laboratories import found
from services.testing.actions.laboratories.suspend_laboratory import suspend
from services.testing.rules.laboratories.controls import (
    CHARTED,
    ControlRun,
    JudgedRun,
    judge_run,
    must_suspend,
)
from services.testing.rules.laboratories.controls import problems_of as problems_of_run
from services.testing.rules.laboratories.proficiency import ProficiencyRound, score_of
from services.testing.rules.laboratories.proficiency import problems_of as problems_of_round
from services.testing.rules.laboratories.suspension import Suspension, SuspensionCause
from services.testing.storage import laboratories
from services.testing.storage import laboratory_quality as storage
from services.testing.storage.laboratory_quality import ScoredRound, Sent
from shared.errors import Conflict, InvalidInput
from shared.policy.laboratories import LaboratoriesFile
from shared.postgres import Connection, Database

EVER = datetime.min.replace(tzinfo=UTC)
AN_INSTANT = timedelta(microseconds=1)
RULE = "rule"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of what was told of a laboratory's quality."""

    outcome: JudgedRun | ScoredRound
    is_new: bool
    suspended_at: datetime | None
    """Since when the laboratory must not test; None when it may."""


async def record_run(
    database: Database,
    code: str,
    run: ControlRun,
    law: LaboratoriesFile,
    *,
    bounds: tuple[str, str],
    sent: Sent,
) -> Recorded:
    """Keep the controls of a run as they were judged; telling them again changes nothing (city §7).

    A run is judged once, with those that were measured before it and told by then. Raises NotFound,
    InvalidInput, or Conflict when the run has other controls on record.
    """
    if problems := problems_of_run(run):
        raise InvalidInput("The controls have fields that are refused.", problems=problems)
    async with database.transaction() as connection:
        await laboratories.lock(connection, [code])
        division = (await found(connection, code, bounds)).laboratory.division
        known = await storage.find_run(connection, code, run.run)
        if known is not None and known.run != run:
            raise Conflict("This run has other controls on record.")
        if known is None:
            before = await storage.runs_before(connection, code, run, CHARTED)
            known = JudgedRun(run, judge_run(run, before, law.controls))
            await storage.insert_run(connection, code, known, sent)
            if await _fails_controls(connection, code, law):
                await _suspend_by_rule(connection, code, division, SuspensionCause.CONTROLS, run.run, sent)
            return Recorded(known, True, await _suspended_at(connection, code))
        return Recorded(known, False, await _suspended_at(connection, code))


async def _fails_controls(connection: Connection, code: str, law: LaboratoriesFile) -> bool:
    """Runs before the last reinstatement do not count."""
    last = await storage.last_suspension(connection, code)
    since = EVER if last is None else last.ended_at
    if since is None:
        return False
    verdicts = await storage.verdicts_since(connection, code, since, law.controls.among_runs)
    return must_suspend(verdicts, law.controls)


async def record_round(
    database: Database,
    code: str,
    round: ProficiencyRound,
    law: LaboratoriesFile,
    *,
    bounds: tuple[str, str],
    sent: Sent,
) -> Recorded:
    """Keep a proficiency round with its score; telling it again changes nothing (city §7).

    A laboratory that failed is suspended, unless it was reinstated since the round was held. Raises NotFound,
    InvalidInput, or Conflict when the round has other items on record.
    """
    if problems := problems_of_round(round):
        raise InvalidInput("The round has fields that are refused.", problems=problems)
    async with database.transaction() as connection:
        await laboratories.lock(connection, [code])
        division = (await found(connection, code, bounds)).laboratory.division
        known = await storage.find_round(connection, code, round.round)
        if known is not None and known.round != round:
            raise Conflict("This round has other items on record.")
        is_new = known is None
        if known is None:
            known = ScoredRound(round, score_of(round.items, law.proficiency))
            await storage.insert_round(connection, code, known, sent)
            last = await storage.last_suspension(connection, code)
            ended_at = None if last is None else last.ended_at
            if known.score.passed is False and (ended_at is None or round.held_at >= ended_at):
                await _suspend_by_rule(
                    connection, code, division, SuspensionCause.PROFICIENCY, round.round, sent
                )
        return Recorded(known, is_new, await _suspended_at(connection, code))


async def _suspend_by_rule(
    connection: Connection, code: str, division: str, cause: SuspensionCause, reference: str, sent: Sent
) -> None:
    last = await storage.last_suspension(connection, code)
    ended_at = None if last is None else last.ended_at
    suspension = Suspension(
        laboratory=code,
        cause=cause,
        cause_reference=reference,
        reason_code=f"failed-{cause}",
        suspended_at=sent.now if ended_at is None else max(sent.now, ended_at + AN_INSTANT),
        suspended_by=RULE,
    )
    await suspend(connection, suspension, division, recorded_at=sent.recorded_at, now=sent.now)


async def _suspended_at(connection: Connection, code: str) -> datetime | None:
    suspension = await storage.open_suspension(connection, code)
    return None if suspension is None else suspension.suspended_at
