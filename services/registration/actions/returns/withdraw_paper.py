"""Withdraw a paper of a return, or let it hold after all, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.returns.find_same import Moved
from services.registration.actions.returns.keeping import Keeping
from services.registration.actions.returns.record_returns import LOOKS, keep_returns
from services.registration.rules.returns.journey import Journey, PaperWord, paper_id
from services.registration.rules.returns.return_merge import Return, ReturnSource, ReturnStatement
from services.registration.storage import returns, withdrawn_returns
from shared.errors import Conflict, NotFound, Unavailable
from shared.postgres import Connection, Database
from shared.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class SaidOfPaper:
    """What somebody says of a paper that is on record."""

    word: PaperWord
    source: ReturnSource
    received_from: str
    is_dated: bool
    """Whether the sender says when it was entered; otherwise the word's time is its receipt."""


async def withdraw_paper(
    database: Database,
    return_id: UUID,
    said: SaidOfPaper,
    keeping: Keeping,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Return, Verdict]:
    """Keep what is said of a paper of a return of the subtree, and return what holds of the return now.

    An undated word that says what holds already is a repetition, also when it is sent many times at once.
    Raises NotFound without such a return or paper, and Conflict for a return that is withdrawn.
    """
    for _ in range(LOOKS):
        try:
            async with database.transaction() as connection:
                return await _withdraw(connection, return_id, said, keeping, bounds, now)
        except Moved:
            continue
    raise Unavailable("The same return is being recorded elsewhere; nothing was stored.")


async def _withdraw(
    connection: Connection,
    return_id: UUID,
    said: SaidOfPaper,
    keeping: Keeping,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Return, Verdict]:
    await withdrawn_returns.lock_papers(connection, return_id)
    held = await returns.find(connection, return_id, bounds)
    if held is None:
        raise NotFound("There is no such return.")
    word = said.word
    if word.paper_id not in {paper_id(paper) for paper in held.journey.proofs}:
        raise NotFound("There is no such paper of this return.")
    if held.is_withdrawn:
        raise Conflict("This return was withdrawn; no plan rests on its papers.")
    known = held.journey.words.get(word.paper_id)
    says_what_holds = known is not None and (known.withdrawn, known.reason) == (word.withdrawn, word.reason)
    if says_what_holds and not said.is_dated:
        return held, Verdict.DUPLICATE
    (recorded,) = await keep_returns(connection, [_statement(held, said)], keeping, now=now)
    return recorded.held, recorded.verdict


def _statement(held: Return, said: SaidOfPaper) -> ReturnStatement:
    """Return a statement that says nothing but this."""
    return ReturnStatement(
        reference=held.reference,
        division=held.division,
        source=said.source,
        arrived_at=held.arrived.at,
        registered_at=None,
        recorded_at=said.word.recorded_at,
        received_from=said.received_from,
        person_id=held.person_id,
        journey=Journey({}, frozenset(), {said.word.paper_id: said.word}),
    )
