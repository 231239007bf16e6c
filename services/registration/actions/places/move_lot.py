"""Put movements and sales of cold-chain lots on record; what lacks a proof is not sold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.registration.actions.places.keep_proofs import NO_LOT
from services.registration.rules.places.four_proofs import judge
from services.registration.rules.places.law import PlacesLaw
from services.registration.rules.places.lot import Lot, Movement
from services.registration.rules.telling import Telling
from services.registration.storage import cold_chain, notice_matches
from services.registration.storage.cold_chain import Whereabouts
from services.registration.storage.ledger_comparisons import LOTS
from shared.errors import Conflict, FieldProblem, InvalidInput, NotFound
from shared.postgres import Connection, Database
from shared.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class MovementSent:
    """A movement as a sender names it: places by code; without `to_place` it is a sale."""

    lot_id: UUID
    reference: str
    from_place: str
    to_place: str | None
    amount: Decimal
    told: Telling


async def move_lot(
    database: Database,
    sent: MovementSent,
    law: PlacesLaw,
    *,
    reaches: Callable[[str], bool],
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[Movement, Verdict]:
    """Keep a movement or a sale; the same again is a duplicate (渡建胜肺炎组发〔2021〕2号 §10).

    Raises NotFound; InvalidInput for places that are unknown or, where it leaves, out of reach; Conflict for
    more than there is, for another movement under the same reference and, with the clause, for a sale of
    what lacks a proof at the moment of the sale.
    """
    async with database.transaction() as connection:
        if await cold_chain.find(connection, sent.lot_id, bounds) is None:
            raise NotFound(NO_LOT)
        lot = (await cold_chain.lock(connection, [sent.lot_id]))[sent.lot_id]
        movement = await _movement(connection, sent, reaches)
        if known := await cold_chain.find_movement(connection, movement.id):
            if (known.to_place, known.amount) != (movement.to_place, movement.amount):
                raise Conflict("Another movement of this lot carries the reference.")
            return known, Verdict.DUPLICATE
        if movement.to_place is None:
            await refuse_blocked(connection, lot, law, at=movement.told.at)
        await _carry_out(connection, movement, now)
    return movement, Verdict.STORED


async def _movement(connection: Connection, sent: MovementSent, reaches: Callable[[str], bool]) -> Movement:
    codes = [code for code in (sent.from_place, sent.to_place) if code is not None]
    places = await cold_chain.find_places(connection, codes)
    from_place = places.get(sent.from_place)
    problems = _problems(sent, places.get(sent.to_place or ""), from_place, reaches)
    if problems or from_place is None:
        raise InvalidInput("The movement has fields that are refused.", problems=problems)
    to_place = None if sent.to_place is None else places[sent.to_place].place_id
    return Movement(sent.lot_id, sent.reference, from_place.place_id, to_place, sent.amount, sent.told)


def _problems(
    sent: MovementSent,
    to_place: Whereabouts | None,
    from_place: Whereabouts | None,
    reaches: Callable[[str], bool],
) -> Sequence[FieldProblem]:
    start = "place" if sent.to_place is None else "from_place"
    problems: list[FieldProblem] = []
    if from_place is None or not reaches(from_place.division):
        problems.append(FieldProblem(start, "no place of your subtree carries this code"))
    if sent.to_place is not None and to_place is None:
        problems.append(FieldProblem("to_place", "no place carries this code"))
    if sent.to_place == sent.from_place:
        problems.append(FieldProblem("to_place", "is where it is already"))
    return problems


async def refuse_blocked(connection: Connection, lot: Lot, law: PlacesLaw, *, at: datetime) -> None:
    """Raise Conflict, with the clause and what is lacking, when the lot may not be sold at a moment."""
    proofs = await cold_chain.proofs_of(connection, [lot.id])
    lacks = judge(proofs.get(lot.id, ()), [kind.id for kind in law.cold_chain.proofs], at)
    if lacks:
        raise Conflict(
            "The lot lacks a proof and is not sold.",
            problems=[FieldProblem(f"proofs.{one.kind}", f"is {one.why}") for one in lacks],
            clause=law.cite(law.cold_chain.clause),
        )
    if await notice_matches.is_named(connection, LOTS, lot.id):
        raise Conflict(
            "A notice from another province names the lot; it is not sold until that is settled.",
            clause=law.cite(law.notices.clause),
        )


async def _carry_out(connection: Connection, movement: Movement, now: datetime) -> None:
    assert movement.from_place is not None
    if not await cold_chain.take_holding(connection, movement.lot_id, movement.from_place, movement.amount):
        raise Conflict("The place does not have as much of this lot.")
    if movement.to_place is not None:
        await cold_chain.add_holdings(connection, [(movement.lot_id, movement.to_place, movement.amount)])
    await cold_chain.append_movements(connection, [movement], now)
