"""Record sales of drugs under real names and see who must be followed, all in one transaction."""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.registration.actions.people.identify_people import identify_people
from services.registration.actions.plans.decide_plans import decide_plans
from services.registration.actions.plans.place_people import place_people
from services.registration.actions.sentinels.drug_events import buyer_flagged, symptom_flagged
from services.registration.actions.sentinels.record_symptom_reports import keep_symptom_reports
from services.registration.rules.day_count import day_of
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.sentinels.drug_sale import (
    CONTRADICTS,
    DrugSale,
    FollowReason,
    OpenPlan,
    reasons_to_follow,
    suspect_symptoms,
)
from services.registration.rules.sentinels.follow_up import CallingSale, FollowUp, called_for
from services.registration.rules.sentinels.observation import observed_at_sale
from services.registration.storage import drugs, grounds
from services.registration.storage import people as stored_people
from services.registration.storage.drugs import NewSale
from services.registration.storage.grounds import Ground
from shared import outbox
from shared.contracts import Envelope
from shared.policy.surveillance import SurveillanceFile
from shared.postgres import Connection, Database
from shared.sealing import Sealer
from shared.verdicts import RowVerdict, Verdict

CAUSE = "drug-sale"


@dataclass(frozen=True, slots=True)
class DrugKeeping:
    """What sales are kept with: the law, the seal, and the registers that they are held against."""

    sealer: Sealer
    law: SurveillanceFile
    report_within: timedelta
    """How long a sentinel has to report a patient with symptoms."""
    measures: MeasuresLaw
    divisions: Container[str]
    occupations: Container[str]


async def record_drug_sales(
    database: Database, sales: Sequence[DrugSale], keeping: DrugKeeping, *, now: datetime
) -> list[RowVerdict]:
    """Keep each line of a receipt once and return what became of each, in their order.

    A line that is on record with another content or buyer is refused. Buyers with listed symptoms come under
    health management and onto the list of those to be followed; so do those who are under management and buy
    what the policy flags (渡建胜肺炎组发〔2021〕2号 §8(4)). Whoever follows a buyer sees their record; a
    purchase alone opens nobody's record to the division where it was made. Buyers with symptoms are patients
    whom the sentinel must report: its two hours run from the sale (§17).
    """
    async with database.transaction() as connection:
        identified = await identify_people(
            connection,
            keeping.sealer,
            [sale.buyer for sale in sales],
            now=now,
            received_from=_sender(sales),
            opens=False,
        )
        buyers = [who.person_id for who in identified]
        await drugs.lock_buyers(connection, buyers)
        owners = await _owners(connection, buyers)
        open_plans = await drugs.open_plans(connection, owners)
        plans = {owners[id_]: plan for id_, plan in open_plans.items()}
        rows: dict[UUID, NewSale] = {}
        for sale, buyer in zip(sales, buyers, strict=True):
            reasons = reasons_to_follow(sale, plans.get(buyer), keeping.law)
            rows.setdefault(sale.id, NewSale(sale, buyer, reasons))
        new = await drugs.insert(connection, list(rows.values()), now)
        stored = [rows[id_] for id_ in sorted(new)]
        await _follow(connection, stored, owners, plans, keeping, now)
        seen = [observed_at_sale(row.sale, keeping.law, keeping.report_within) for row in stored]
        await keep_symptom_reports(connection, [one for one in seen if one is not None], now=now)
        return await _verdicts(connection, sales, buyers, rows, new)


def _sender(sales: Sequence[DrugSale]) -> str:
    """Return who sent them: sales are recorded as they come, one sender's at a time."""
    return sales[0].received_from if sales else ""


async def _owners(connection: Connection, buyers: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return for every id that stands for a buyer the buyer's own: rows keep the id they began with."""
    same = await stored_people.merged_into(connection, list(set(buyers)))
    return {id_: survivor for survivor, several in same.items() for id_ in several}


async def _follow(
    connection: Connection,
    new: Sequence[NewSale],
    owners: dict[UUID, UUID],
    plans: dict[UUID, OpenPlan],
    keeping: DrugKeeping,
    now: datetime,
) -> None:
    """Put buyers onto the list of those to be followed and, for their symptoms, under health management."""
    calls: defaultdict[UUID, list[CallingSale]] = defaultdict(list)
    for row in new:
        if row.reasons:
            symptoms = suspect_symptoms(row.sale, keeping.law)
            calls[row.person_id].append(CallingSale(row.sale, row.person_id, row.reasons, symptoms))
    if not calls:
        return
    asked = [id_ for id_, owner in owners.items() if owner in calls]
    locked = await drugs.lock_open_follow_ups(connection, asked)
    held = {owners[id_]: follow_up for id_, follow_up in locked.items()}
    follow_ups = {id_: called_for(held.get(id_), several, now) for id_, several in calls.items()}
    await drugs.write_follow_ups(connection, list(follow_ups.values()), now)
    every = [call for id_ in sorted(calls) for call in calls[id_]]
    await stored_people.add_places(connection, {(call.person_id, call.sale.residence) for call in every})
    await drugs.link_sales(connection, [(follow_ups[call.person_id].id, call.sale.id) for call in every])
    await outbox.put(connection, _events(every, follow_ups, plans), now=now)
    ill = [call for call in every if FollowReason.SYMPTOMS in call.reasons]
    kind = keeping.law.drugs.ground
    found = [
        Ground(call.person_id, kind, day_of(call.sale.sold_at), call.sale.recorded_at, call.sale.residence)
        for call in ill
    ]
    managed = await grounds.insert(connection, found, now)
    await decide_plans(connection, managed, keeping.measures, now=now, cause=CAUSE)
    await place_people(connection, list(calls), now=now)


def _events(
    calls: Sequence[CallingSale], follow_ups: dict[UUID, FollowUp], plans: dict[UUID, OpenPlan]
) -> list[Envelope]:
    """Return what is told of buyers; symptoms of those who were under management already are told as such."""
    told = [buyer_flagged(call, follow_ups[call.person_id].id) for call in calls]
    ill = [call for call in calls if call.symptoms and call.person_id in plans]
    return told + [
        symptom_flagged(
            call.person_id,
            call.sale.residence,
            call.symptoms,
            at=call.sale.sold_at,
            recorded_at=call.sale.recorded_at,
            cause=call.sale.id,
        )
        for call in ill
    ]


async def _verdicts(
    connection: Connection,
    sales: Sequence[DrugSale],
    buyers: Sequence[UUID],
    rows: dict[UUID, NewSale],
    new: set[UUID],
) -> list[RowVerdict]:
    known = await drugs.find(connection, [id_ for id_ in rows if id_ not in new])
    survivors = await stored_people.resolve(connection, [held.person_id for held in known.values()])
    stored: set[UUID] = set()
    verdicts: list[RowVerdict] = []
    for sale, buyer in zip(sales, buyers, strict=True):
        id_ = sale.id
        if id_ in new:
            content, owner = rows[id_].sale.content, rows[id_].person_id
        else:
            content, owner = known[id_].content, survivors[known[id_].person_id]
        if (content, owner) != (sale.content, buyer):
            verdicts.append(RowVerdict(Verdict.REFUSED, None, (CONTRADICTS,)))
            continue
        is_first = id_ in new and id_ not in stored
        stored.add(id_)
        verdicts.append(RowVerdict(Verdict.STORED if is_first else Verdict.DUPLICATE, id_))
    return verdicts
