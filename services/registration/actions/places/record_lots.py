"""Take cold-chain lots that came to places, with the proofs that are known of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.registration.actions.places.judge_lots import judge_lots
from services.registration.actions.places.keep_proofs import keep_proofs
from services.registration.rules.places.four_proofs import Proof
from services.registration.rules.places.lot import Lot, LotFacts, LotStatement, arrival, lot_id, problems_of
from services.registration.rules.telling import Telling
from services.registration.storage import cold_chain
from services.registration.storage.cold_chain import Whereabouts
from shared.errors import FieldProblem
from shared.policy.key_places import ColdChain
from shared.postgres import Connection, Database
from shared.verdicts import RowVerdict, Verdict

NO_PLACE = FieldProblem("place", "no place of your subtree carries this code")
TWICE = FieldProblem("number", "stands twice in this batch; send a lot once")
ANOTHER = FieldProblem("number", "is on record at this place with other goods, origin, unit or amount")


@dataclass(frozen=True, slots=True)
class ProofSent:
    """A proof as a sender names it."""

    kind: str
    document: str
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class LotSent:
    """A lot as a sender names it: its place by code."""

    place: str
    number: str
    goods: str
    origin: str
    amount: Decimal
    unit: str
    proofs: tuple[ProofSent, ...]
    told: Telling


async def record_lots(
    database: Database,
    sent: Sequence[LotSent],
    law: ColdChain,
    *,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[tuple[RowVerdict, Lot | None]]:
    """Return what became of each lot and how it stands, in their order, all in one transaction.

    A lot on record takes further proofs and nothing else; what names other goods under its number is refused
    (渡建胜肺炎组发〔2021〕2号 §10).
    """
    async with database.transaction() as connection:
        places = await cold_chain.find_places(connection, [one.place for one in sent])
        read = [_read(one, places.get(one.place), law, reaches, now) for one in sent]
        first: dict[UUID, LotStatement] = {}
        for one in read:
            if isinstance(one, LotStatement):
                first.setdefault(one.facts.id, one)
        outcome = await _store(connection, [first[id_] for id_ in sorted(first)], law, now)
    return [_verdict(one, first, outcome) for one in read]


Outcome = dict[UUID, tuple[Verdict, Lot]]


def _read(
    sent: LotSent, place: Whereabouts | None, law: ColdChain, reaches: Callable[[str], bool], now: datetime
) -> LotStatement | list[FieldProblem]:
    if place is None or not reaches(place.division):
        return [NO_PLACE]
    facts = LotFacts(place.place_id, sent.number, sent.goods, sent.origin, sent.amount, sent.unit)
    id_ = lot_id(place.place_id, sent.number)
    proofs = tuple(Proof(id_, one.kind, one.document, one.valid_until) for one in sent.proofs)
    statement = LotStatement(facts, place.division, proofs, sent.told)
    return problems_of(statement, law, now) or statement


async def _store(
    connection: Connection, statements: Sequence[LotStatement], law: ColdChain, now: datetime
) -> Outcome:
    """Store lots, each once and in the order of their ids, and return what became of those not refused."""
    if not statements:
        return {}
    new = await cold_chain.insert(connection, statements, now)
    arrivals = [arrival(one) for one in statements if one.facts.id in new]
    await cold_chain.append_movements(connection, arrivals, now)
    await cold_chain.add_holdings(
        connection,
        [(one.facts.id, one.facts.place_id, one.facts.amount) for one in statements if one.facts.id in new],
    )
    known = await cold_chain.lock(connection, [one.facts.id for one in statements])
    same = [one for one in statements if known[one.facts.id].facts == one.facts]
    said = [(proof, one.told) for one in same for proof in one.proofs]
    touched = new | await keep_proofs(connection, said, now=now)
    changed = [known[id_] for id_ in sorted(touched)]
    judged = await judge_lots(connection, changed, law, now=now) if changed else {}
    return {
        one.facts.id: (
            Verdict.STORED if one.facts.id in touched else Verdict.DUPLICATE,
            judged.get(one.facts.id, known[one.facts.id]),
        )
        for one in same
    }


def _verdict(
    read: LotStatement | list[FieldProblem], first: dict[UUID, LotStatement], outcome: Outcome
) -> tuple[RowVerdict, Lot | None]:
    if not isinstance(read, LotStatement):
        return RowVerdict(Verdict.REFUSED, None, tuple(read)), None
    id_ = read.facts.id
    if first[id_] is not read:
        return RowVerdict(Verdict.REFUSED, None, (TWICE,)), None
    if id_ not in outcome:
        return RowVerdict(Verdict.REFUSED, None, (ANOTHER,)), None
    verdict, lot = outcome[id_]
    return RowVerdict(verdict, id_), lot
