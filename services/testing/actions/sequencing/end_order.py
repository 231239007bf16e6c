"""End an order to sequence a sample: with its sequence, or with the reason why there is none."""

from collections.abc import Container
from datetime import datetime
from uuid import UUID

from services.testing.rules.sequencing.order import (
    Exclusion,
    OrderState,
    Sequence,
    exclude,
    problems_of_exclusion,
    problems_of_sequence,
    sequence,
)
from services.testing.storage import sequencing as storage
from services.testing.storage.laboratory_quality import Sent
from services.testing.storage.sequencing import LinkedOrder, NewEntry
from shared import outbox
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.testing import SampleSequenced, SequencingExcluded
from shared.errors import Conflict, InvalidInput, NotFound
from shared.policy.laboratories import SequencingLaw
from shared.postgres import Connection, Database

Bounds = tuple[str, str]


async def exclude_sample(
    database: Database,
    sample_id: UUID,
    exclusion: Exclusion,
    occurred_at: datetime,
    law: SequencingLaw,
    *,
    bounds: Bounds,
    sent: Sent,
) -> LinkedOrder:
    """Keep why a sample is not sequenced and return its order; repeating it changes nothing (city §11).

    Raises NotFound, InvalidInput for a reason that excuses nothing, or Conflict.
    """
    if problems := problems_of_exclusion(exclusion, law):
        raise InvalidInput("The exclusion has fields that are refused.", problems=problems)
    async with database.transaction() as connection:
        held = await _locked(connection, sample_id, bounds)
        if held.order.state is OrderState.EXCLUDED and held.order.exclusion == exclusion:
            return held
        after = exclude(held.order, exclusion)
        await storage.update(connection, after, sent.now)
        said = {
            "reason_code": exclusion.reason_code,
            "ct": None if exclusion.ct is None else float(exclusion.ct),
        }
        entry = NewEntry(sample_id, said, occurred_at, sent.recorded_at)
        await storage.append(
            connection, OrderState.EXCLUDED, [entry], received_from=sent.received_from, now=sent.now
        )
        event = SequencingExcluded(
            division=after.division,
            occurred_at=occurred_at,
            recorded_at=sent.recorded_at,
            sample_id=sample_id,
            reason_code=exclusion.reason_code,
        )
        await outbox.put(connection, [_told(event, sent.now)], now=sent.now)
        return LinkedOrder(after, held.case_id, held.case_withdrawn_at)


async def record_sequence(
    database: Database,
    sample_id: UUID,
    found: Sequence,
    institutions: Container[str],
    *,
    bounds: Bounds,
    sent: Sent,
) -> tuple[LinkedOrder, bool]:
    """Keep a sample's sequence and return its order, and whether it is news; a later one corrects it.

    Raises NotFound, InvalidInput, or Conflict for a void order and an accession of another sample.
    """
    async with database.transaction() as connection:
        held = await _locked(connection, sample_id, bounds)
        if problems := problems_of_sequence(found, held.order, sent.now, institutions):
            raise InvalidInput("The sequence has fields that are refused.", problems=problems)
        if held.order.state is OrderState.SEQUENCED and held.order.sequence == found:
            return held, False
        after = sequence(held.order, found)
        if await storage.sample_of_accession(connection, found.accession) not in (None, sample_id):
            raise Conflict("This accession is another sample's.")
        await storage.update(connection, after, sent.now)
        entry = NewEntry(sample_id, _said(found), found.sequenced_at, sent.recorded_at)
        await storage.append(
            connection, OrderState.SEQUENCED, [entry], received_from=sent.received_from, now=sent.now
        )
        event = SampleSequenced(
            division=after.division,
            occurred_at=found.sequenced_at,
            recorded_at=sent.recorded_at,
            sample_id=sample_id,
            case_id=held.case_id,
            laboratory=found.laboratory,
            lineage=found.lineage,
            accession=found.accession,
        )
        await outbox.put(connection, [_told(event, sent.now)], now=sent.now)
        return LinkedOrder(after, held.case_id, held.case_withdrawn_at), True


async def _locked(connection: Connection, sample_id: UUID, bounds: Bounds) -> LinkedOrder:
    held = await storage.lock(connection, sample_id, bounds)
    if held is None:
        raise NotFound("There is no order to sequence this sample.")
    return held


def _said(found: Sequence) -> dict[str, object]:
    return {
        "laboratory": found.laboratory,
        "lineage": found.lineage,
        "accession": found.accession,
        "mutations": None if found.mutations is None else sorted(found.mutations),
    }


def _told(event: SequencingExcluded | SampleSequenced, now: datetime) -> Envelope:
    return envelop(event, id=derived_id(event.TYPE, event.sample_id, now))
