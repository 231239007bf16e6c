"""Make the statement that withdraws a paper of a return, or lets it hold after all."""

from dataclasses import dataclass
from uuid import UUID

from services.registration.rules.returns.journey import Journey, PaperWord, paper_id
from services.registration.rules.returns.return_merge import Return, ReturnSource, ReturnStatement
from services.registration.storage import returns
from shared.errors import Conflict, NotFound
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class SaidOfPaper:
    """What somebody says of a paper that is on record."""

    word: PaperWord
    source: ReturnSource
    received_from: str
    is_dated: bool
    """Whether the sender says when it was entered; otherwise the word's time is its receipt."""


async def statement_about_paper(
    database: Database, return_id: UUID, said: SaidOfPaper, bounds: tuple[str, str]
) -> tuple[Return, ReturnStatement | None]:
    """Return a return of the subtree and a statement that says nothing but this; None for a repetition.

    Raises NotFound without such a return or paper, and Conflict for a return that is withdrawn.
    """
    async with database.connection() as connection:
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
        return held, None
    return held, ReturnStatement(
        reference=held.reference,
        division=held.division,
        source=said.source,
        arrived_at=held.arrived.at,
        registered_at=None,
        recorded_at=word.recorded_at,
        received_from=said.received_from,
        person_id=held.person_id,
        journey=Journey({}, frozenset(), {word.paper_id: word}),
    )
