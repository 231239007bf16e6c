"""The rows of cold-chain lots: what they are, their proofs, where they are and went."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from services.registration.rules.places.four_proofs import Lack, Lacking, LotState, Proof
from services.registration.rules.places.lot import Lot, LotFacts, LotStatement, Movement, number_key
from services.registration.rules.telling import Telling
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "cold_chain.sql")


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A place as lots name it."""

    place_id: UUID
    code: str
    division: str


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of a lot a place has."""

    place: Whereabouts
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Judged:
    """A lot as it stands after a judgement, and until when nothing changes by itself."""

    lot: Lot
    next_change_at: datetime | None


def _lot(row: Record) -> Lot:
    facts = LotFacts(row["place_id"], row["number"], row["goods"], row["origin"], row["amount"], row["unit"])
    lacks = tuple(Lacking(one["kind"], Lack(one["why"])) for one in row["lacks"])
    return Lot(facts, row["division"], LotState(row["state"]), lacks, row["judgement"], row["judged_at"])


def _movement(row: Record) -> Movement:
    return Movement(
        row["lot_id"],
        row["reference"],
        row["from_place"],
        row["to_place"],
        row["amount"],
        Telling(row["occurred_at"], row["recorded_at"], row["received_from"]),
    )


def _whereabouts(row: Record) -> Whereabouts:
    return Whereabouts(row["place_id"], row["code"], row["division"])


async def insert(connection: Connection, lots: Sequence[LotStatement], received_at: datetime) -> set[UUID]:
    """Store what is new and return its ids; the rows come in the order of their ids, each once."""
    rows = await QUERIES.fetch(
        connection,
        "insert_lots",
        lot_ids=[lot.facts.id for lot in lots],
        divisions=[lot.division for lot in lots],
        place_ids=[lot.facts.place_id for lot in lots],
        numbers=[lot.facts.number for lot in lots],
        number_keys=[number_key(lot.facts.number) for lot in lots],
        goods=[lot.facts.goods for lot in lots],
        origins=[lot.facts.origin for lot in lots],
        amounts=[lot.facts.amount for lot in lots],
        units=[lot.facts.unit for lot in lots],
        received_at=received_at,
    )
    return {row["lot_id"] for row in rows}


async def lock(connection: Connection, ids: Iterable[UUID]) -> Mapping[UUID, Lot]:
    """Return what is known and let nobody else change it until the transaction ends."""
    rows = await QUERIES.fetch(connection, "lock_lots", lot_ids=list(ids))
    return {row["lot_id"]: _lot(row) for row in rows}


async def lock_due(connection: Connection, *, now: datetime, most: int) -> list[Lot]:
    """Return lots of which a proof has ended since they were judged, locked, those of others left out."""
    return [_lot(row) for row in await QUERIES.fetch(connection, "due_lots", now=now, most=most)]


async def write_judgements(connection: Connection, judged: Sequence[Judged], judged_at: datetime) -> None:
    """Write how lots stand now."""
    await QUERIES.execute(
        connection,
        "update_judgements",
        lot_ids=[one.lot.id for one in judged],
        states=[one.lot.state for one in judged],
        lacks=[_written(one.lot.lacks) for one in judged],
        judgements=[one.lot.judgement for one in judged],
        next_changes=[one.next_change_at for one in judged],
        judged_at=judged_at,
    )


def _written(lacks: Iterable[Lacking]) -> str:
    return json.dumps([{"kind": lack.kind, "why": lack.why} for lack in lacks])


async def find(connection: Connection, lot_id: UUID, bounds: tuple[str, str]) -> Lot | None:
    """Return a lot of the subtree, or one that a place of it has or had; None when there is none."""
    low, high = bounds
    row = await QUERIES.fetchrow(connection, "find_lot", lot_id=lot_id, low=low, high=high)
    return None if row is None else _lot(row)


async def list_page(connection: Connection, window: Window, state: LotState | None) -> list[Lot]:
    """Return the lots that first came to places of a window, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_lots", state=state, **window.values())
    return [_lot(row) for row in rows]


async def list_at_place(
    connection: Connection, place_id: UUID, window: Window, *, state: LotState | None, held_only: bool
) -> list[Lot]:
    """Return the lots that a place has, or has ever had, with one row to spare."""
    values = window.values()
    del values["low"], values["high"]
    rows = await QUERIES.fetch(
        connection, "list_lots_at_place", place_id=place_id, state=state, held_only=held_only, **values
    )
    return [_lot(row) for row in rows]


async def proofs_of(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, list[Proof]]:
    """Return what is known of the proofs of each lot."""
    rows = await QUERIES.fetch(connection, "proofs_of", lot_ids=list(ids))
    proofs: dict[UUID, list[Proof]] = defaultdict(list)
    for row in rows:
        names = ("lot_id", "kind", "document", "valid_until", "withdrawn_at", "withdrawn_reason")
        proofs[row["lot_id"]].append(Proof(*(row[name] for name in names)))
    return proofs


async def append_proofs(
    connection: Connection, said: Sequence[tuple[Proof, Telling]], received_at: datetime
) -> set[UUID]:
    """Keep what was said of proofs and return the ids of what had not been said before."""
    rows = await QUERIES.fetch(
        connection,
        "append_proof_statements",
        proof_ids=[proof.id for proof, _ in said],
        statement_ids=[proof.statement_id for proof, _ in said],
        valid_untils=[proof.valid_until for proof, _ in said],
        withdrawn_ats=[proof.withdrawn_at for proof, _ in said],
        reasons=[proof.withdrawn_reason for proof, _ in said],
        recorded_ats=[told.recorded_at for _, told in said],
        received_froms=[told.source for _, told in said],
        received_at=received_at,
    )
    return {row["statement_id"] for row in rows}


async def put_proofs(connection: Connection, proofs: Sequence[Proof], changed_at: datetime) -> None:
    """Write what holds of proofs, each once; their lots are locked or new."""
    ordered = sorted(proofs, key=lambda proof: proof.id)
    await QUERIES.execute(
        connection,
        "put_proofs",
        proof_ids=[proof.id for proof in ordered],
        lot_ids=[proof.lot_id for proof in ordered],
        kinds=[proof.kind for proof in ordered],
        documents=[proof.document for proof in ordered],
        valid_untils=[proof.valid_until for proof in ordered],
        withdrawn_ats=[proof.withdrawn_at for proof in ordered],
        reasons=[proof.withdrawn_reason for proof in ordered],
        changed_at=changed_at,
    )


async def append_movements(
    connection: Connection, movements: Sequence[Movement], received_at: datetime
) -> set[UUID]:
    """Keep movements and return the ids of those that had not been told before."""
    rows = await QUERIES.fetch(
        connection,
        "append_movements",
        movement_ids=[one.id for one in movements],
        lot_ids=[one.lot_id for one in movements],
        references=[one.reference for one in movements],
        from_places=[one.from_place for one in movements],
        to_places=[one.to_place for one in movements],
        amounts=[one.amount for one in movements],
        occurred_ats=[one.told.at for one in movements],
        recorded_ats=[one.told.recorded_at for one in movements],
        received_froms=[one.told.source for one in movements],
        received_at=received_at,
    )
    return {row["movement_id"] for row in rows}


async def find_movement(connection: Connection, movement_id: UUID) -> Movement | None:
    """Return a movement; None when there is none."""
    row = await QUERIES.fetchrow(connection, "find_movement", movement_id=movement_id)
    return None if row is None else _movement(row)


async def movements_of(connection: Connection, lot_id: UUID) -> list[Movement]:
    """Return every movement of a lot, by time."""
    return [_movement(row) for row in await QUERIES.fetch(connection, "movements_of", lot_id=lot_id)]


async def add_holdings(connection: Connection, added: Sequence[tuple[UUID, UUID, Decimal]]) -> None:
    """Add amounts of lots (lot, place, amount) to what places have; each lot and place stands once."""
    ordered = sorted(added)
    await QUERIES.execute(
        connection,
        "add_holdings",
        lot_ids=[lot_id for lot_id, _, _ in ordered],
        place_ids=[place_id for _, place_id, _ in ordered],
        amounts=[amount for _, _, amount in ordered],
    )


async def take_holding(connection: Connection, lot_id: UUID, place_id: UUID, amount: Decimal) -> bool:
    """Take an amount of a lot from a place and tell whether there was as much."""
    row = await QUERIES.fetchrow(connection, "take_holding", lot_id=lot_id, place_id=place_id, amount=amount)
    return row is not None


async def holdings_of(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, list[Holding]]:
    """Return how much of each lot each place has or had."""
    holdings: dict[UUID, list[Holding]] = defaultdict(list)
    for row in await QUERIES.fetch(connection, "holdings_of", lot_ids=list(ids)):
        holdings[row["lot_id"]].append(Holding(_whereabouts(row), row["amount"]))
    return holdings


async def find_places(connection: Connection, codes: Iterable[str]) -> Mapping[str, Whereabouts]:
    """Return the places that carry codes, wherever they lie."""
    rows = await QUERIES.fetch(connection, "places_by_code", codes=sorted(set(codes)))
    return {row["code"]: _whereabouts(row) for row in rows}


async def places_by_id(connection: Connection, ids: Iterable[UUID]) -> Mapping[UUID, Whereabouts]:
    """Return places by their ids, wherever they lie."""
    rows = await QUERIES.fetch(connection, "places_by_id", place_ids=list(ids))
    return {row["place_id"]: _whereabouts(row) for row in rows}
