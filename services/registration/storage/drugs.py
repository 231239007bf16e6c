"""The rows of the drug ledger and of the buyers who are followed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.registration.rules.sentinels.drug_sale import DrugSale, FollowReason, OpenPlan, SaleKind
from services.registration.rules.sentinels.follow_up import FollowUp, FollowUpOutcome, FollowUpState
from services.registration.storage.listing import Window
from shared.postgres import Connection, Queries, Record
from shared.vocabulary import Symptom

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "drugs.sql")


@dataclass(frozen=True, slots=True)
class StoredSale:
    """A sale as the ledger holds it; who the buyer is stands with the person."""

    id: UUID
    division: str
    sentinel: str
    receipt: str
    line: int
    kind: SaleKind
    category: str
    product: str | None
    quantity: int
    symptoms: frozenset[Symptom] | None
    person_id: UUID
    reasons: frozenset[FollowReason]
    sold_at: datetime
    recorded_at: datetime
    received_at: datetime

    @property
    def content(self) -> tuple[object, ...]:
        """What a repetition of the line repeats, without who the buyer is."""
        symptoms = None if self.symptoms is None else tuple(sorted(self.symptoms))
        return (self.kind, self.category, self.product, self.quantity, symptoms, self.sold_at)


@dataclass(frozen=True, slots=True)
class NewSale:
    """A sale to be stored, with its buyer and why they are followed."""

    sale: DrugSale
    person_id: UUID
    reasons: frozenset[FollowReason]


@dataclass(frozen=True, slots=True)
class Look:
    """One time that somebody asked after a buyer, and the listed symptoms that were found."""

    followed_at: datetime
    symptoms: frozenset[Symptom]
    received_at: datetime


def _symptoms(words: Sequence[str]) -> frozenset[Symptom]:
    return frozenset(Symptom(word) for word in words)


def _written(words: Iterable[str]) -> str:
    """An array of arrays cannot be ragged in PostgreSQL, so each row's words travel as one text."""
    return " ".join(sorted(words))


def _sale(row: Record) -> StoredSale:
    symptoms: Sequence[str] | None = row["symptoms"]
    return StoredSale(
        id=row["sale_id"],
        division=row["division"],
        sentinel=row["sentinel"],
        receipt=row["receipt"],
        line=row["line"],
        kind=SaleKind(row["kind"]),
        category=row["category"],
        product=row["product"],
        quantity=row["quantity"],
        symptoms=None if symptoms is None else _symptoms(symptoms),
        person_id=row["person_id"],
        reasons=frozenset(FollowReason(reason) for reason in row["reasons"]),
        sold_at=row["sold_at"],
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
    )


def _follow_up(row: Record) -> FollowUp:
    outcome: str | None = row["outcome"]
    return FollowUp(
        id=row["follow_up_id"],
        person_id=row["person_id"],
        division=row["division"],
        state=FollowUpState(row["state"]),
        reasons=frozenset(FollowReason(reason) for reason in row["reasons"]),
        symptoms=_symptoms(row["symptoms"]),
        sales=row["sales"],
        last_sold_at=row["last_sold_at"],
        opened_at=row["opened_at"],
        followed_at=row["followed_at"],
        closed_at=row["closed_at"],
        outcome=None if outcome is None else FollowUpOutcome(outcome),
    )


async def lock_buyers(connection: Connection, person_ids: Iterable[UUID]) -> None:
    """Let nobody else judge sales to these people until the transaction ends."""
    await QUERIES.fetch(connection, "lock_buyers", person_ids=sorted(set(person_ids)))


async def open_plans(connection: Connection, person_ids: Iterable[UUID]) -> Mapping[UUID, OpenPlan]:
    """Return the open plan of each person who has one, by the id that the plan was stored with."""
    rows = await QUERIES.fetch(connection, "open_plans", person_ids=list(person_ids))
    return {row["person_id"]: OpenPlan(row["plan_id"], row["day_zero"]) for row in rows}


async def insert(connection: Connection, sales: Sequence[NewSale], received_at: datetime) -> set[UUID]:
    """Store what is new and return its ids; each id may stand among them once."""
    ordered = sorted(sales, key=lambda one: one.sale.id)
    symptoms = [one.sale.symptoms for one in ordered]
    rows = await QUERIES.fetch(
        connection,
        "insert_sales",
        sale_ids=[one.sale.id for one in ordered],
        divisions=[one.sale.division for one in ordered],
        sentinels=[one.sale.sentinel for one in ordered],
        receipts=[one.sale.receipt for one in ordered],
        lines=[one.sale.line for one in ordered],
        kinds=[one.sale.kind for one in ordered],
        categories=[one.sale.category for one in ordered],
        products=[one.sale.product for one in ordered],
        quantities=[one.sale.quantity for one in ordered],
        symptoms=[None if declared is None else _written(declared) for declared in symptoms],
        person_ids=[one.person_id for one in ordered],
        reasons=[_written(one.reasons) for one in ordered],
        sold_ats=[one.sale.sold_at for one in ordered],
        recorded_ats=[one.sale.recorded_at for one in ordered],
        received_froms=[one.sale.received_from for one in ordered],
        received_at=received_at,
    )
    return {row["sale_id"] for row in rows}


async def find(connection: Connection, ids: Iterable[UUID]) -> Mapping[UUID, StoredSale]:
    """Return the sales that are on record, by id."""
    rows = await QUERIES.fetch(connection, "find_sales", sale_ids=list(ids))
    return {row["sale_id"]: _sale(row) for row in rows}


async def list_page(connection: Connection, window: Window) -> list[StoredSale]:
    """Return the sales of a window, with one row to spare."""
    return [_sale(row) for row in await QUERIES.fetch(connection, "list_sales", **window.values())]


async def lock_open_follow_ups(connection: Connection, person_ids: Iterable[UUID]) -> Mapping[UUID, FollowUp]:
    """Return the follow-up of each person that is not closed, and let nobody else change it."""
    rows = await QUERIES.fetch(connection, "lock_open_follow_ups", person_ids=list(person_ids))
    return {row["person_id"]: _follow_up(row) for row in rows}


async def write_follow_ups(
    connection: Connection, follow_ups: Sequence[FollowUp], changed_at: datetime
) -> None:
    """Write what holds now of follow-ups that are new or locked."""
    ordered = sorted(follow_ups, key=lambda one: one.id)
    await QUERIES.execute(
        connection,
        "write_follow_ups",
        follow_up_ids=[one.id for one in ordered],
        person_ids=[one.person_id for one in ordered],
        divisions=[one.division for one in ordered],
        states=[one.state for one in ordered],
        reasons=[_written(one.reasons) for one in ordered],
        symptoms=[_written(one.symptoms) for one in ordered],
        sales=[one.sales for one in ordered],
        last_sold_ats=[one.last_sold_at for one in ordered],
        opened_ats=[one.opened_at for one in ordered],
        followed_ats=[one.followed_at for one in ordered],
        closed_ats=[one.closed_at for one in ordered],
        outcomes=[one.outcome for one in ordered],
        changed_at=changed_at,
    )


async def link_sales(connection: Connection, links: Sequence[tuple[UUID, UUID]]) -> None:
    """Note which sales called for which follow-ups."""
    await QUERIES.execute(
        connection,
        "link_sales",
        follow_up_ids=[follow_up_id for follow_up_id, _ in links],
        sale_ids=[sale_id for _, sale_id in links],
    )


async def find_follow_up(
    connection: Connection, follow_up_id: UUID, bounds: tuple[str, str], *, lock: bool = False
) -> FollowUp | None:
    """Return a follow-up of the subtree; None when there is none."""
    low, high = bounds
    query = "lock_follow_up" if lock else "find_follow_up"
    row = await QUERIES.fetchrow(connection, query, follow_up_id=follow_up_id, low=low, high=high)
    return None if row is None else _follow_up(row)


async def list_follow_ups(
    connection: Connection, window: Window, state: FollowUpState | None, reason: FollowReason | None
) -> list[FollowUp]:
    """Return the follow-ups of a window, of one state or reason or all, with one row to spare."""
    rows = await QUERIES.fetch(connection, "list_follow_ups", state=state, reason=reason, **window.values())
    return [_follow_up(row) for row in rows]


async def sales_of(connection: Connection, follow_up_id: UUID) -> list[StoredSale]:
    """Return the sales that called for a follow-up, the first 500, in the order of time."""
    rows = await QUERIES.fetch(connection, "sales_of_follow_up", follow_up_id=follow_up_id)
    return [_sale(row) for row in rows]


async def append_look(connection: Connection, follow_up_id: UUID, look: Look, received_from: str) -> bool:
    """Keep that somebody asked; False when exactly this moment is on record already."""
    row = await QUERIES.fetchrow(
        connection,
        "append_look",
        follow_up_id=follow_up_id,
        followed_at=look.followed_at,
        symptoms=sorted(look.symptoms),
        received_at=look.received_at,
        received_from=received_from,
    )
    return row is not None


async def looks_of(connection: Connection, follow_up_id: UUID) -> list[Look]:
    """Return each time that somebody asked, the first 500, in the order of time."""
    rows = await QUERIES.fetch(connection, "looks_of", follow_up_id=follow_up_id)
    return [Look(row["followed_at"], _symptoms(row["symptoms"]), row["received_at"]) for row in rows]


async def count_to_be_followed(connection: Connection) -> int:
    """Return how many buyers wait for somebody to ask after them."""
    return int(await QUERIES.fetchval(connection, "count_to_be_followed"))
