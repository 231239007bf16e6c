"""Take a notice from another province and compare it with all ledgers at once, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.actions.movement.match_notices import keep_matches
from services.registration.rules.movement.assistance_notice import (
    NamedEntry,
    NoticeStatement,
    moments_of,
    problems_of_entry,
)
from services.registration.rules.places.lot import number_key
from services.registration.sealed_entry import entry_id, marks_of, seal_entry
from services.registration.storage import ledger_comparisons, notices
from services.registration.storage.notices import EntryRow
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration.notices import NoticeReceived
from shared.errors import NotFound
from shared.policy.key_places import AssistanceNotices
from shared.postgres import Connection, Database
from shared.sealing import Sealer
from shared.verdicts import RowVerdict, Verdict, store_good_rows

NO_NOTICE = "There is no such notice."


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a notice."""

    notice_id: UUID
    verdict: Verdict
    new_entries: int


async def record_notice(
    database: Database,
    sealer: Sealer,
    statement: NoticeStatement,
    law: AssistanceNotices,
    *,
    now: datetime,
) -> Taken:
    """Keep a notice with what it names and compare that with all ledgers (渝肺炎组发〔2021〕1号 §12).

    The same notice may come again and name more; what it named before is not compared anew. Whatever is
    found belongs to the division of what was found, also where the sender's key does not reach.
    """
    async with database.transaction() as connection:
        await ledger_comparisons.hold_matching(connection)
        is_new = await notices.insert_notice(
            connection,
            statement.id,
            division=statement.division,
            issuer=statement.issuer,
            number=statement.number,
            told=statement.told,
            received_at=now,
        )
        new = await _take(connection, sealer, statement.id, statement.entries, law, now)
        if is_new:
            event = NoticeReceived(
                division=statement.division,
                occurred_at=statement.told.at,
                recorded_at=statement.told.recorded_at,
                notice_id=statement.id,
                entries=len(new),
            )
            await outbox.put(connection, [envelop(event, id=derived_id(event.TYPE, statement.id))], now=now)
    return Taken(statement.id, Verdict.STORED if is_new or new else Verdict.DUPLICATE, len(new))


async def add_entries(
    database: Database,
    sealer: Sealer,
    notice_id: UUID,
    entries: Sequence[NamedEntry],
    law: AssistanceNotices,
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> list[RowVerdict]:
    """Keep what a notice names beside what is on record, with a verdict for each; raises NotFound."""

    async def store(good: Sequence[NamedEntry]) -> list[RowVerdict]:
        async with database.transaction() as connection:
            await ledger_comparisons.hold_matching(connection)
            new = await _take(connection, sealer, notice_id, good, law, now)
        verdicts: list[RowVerdict] = []
        for entry in good:
            id_ = entry_id(sealer, notice_id, entry)
            verdicts.append(RowVerdict(Verdict.STORED if id_ in new else Verdict.DUPLICATE, id_))
            new.discard(id_)
        return verdicts

    async with database.connection() as connection:
        if await notices.find_notice(connection, notice_id, bounds) is None:
            raise NotFound(NO_NOTICE)
    return await store_good_rows(entries, problems_of=problems_of_entry, store=store)


async def _take(
    connection: Connection,
    sealer: Sealer,
    notice_id: UUID,
    entries: Sequence[NamedEntry],
    law: AssistanceNotices,
    now: datetime,
) -> set[UUID]:
    """Store entries, compare the new ones with all ledgers, and return their ids."""
    named = {entry_id(sealer, notice_id, entry): entry for entry in entries}
    rows = [_row(sealer, id_, named[id_], law) for id_ in sorted(named)]
    new = await notices.insert_entries(connection, notice_id, rows, now)
    marks = [(id_, *mark) for id_ in new for mark in marks_of(sealer, named[id_])]
    await notices.add_marks(connection, marks)
    await keep_matches(
        connection, await ledger_comparisons.find_for_entries(connection, sorted(new)), now=now
    )
    return new


def _row(sealer: Sealer, id_: UUID, entry: NamedEntry, law: AssistanceNotices) -> EntryRow:
    return EntryRow(
        id_,
        entry.kind,
        seal_entry(sealer, id_, entry),
        entry.vehicle,
        None if entry.lot_number is None else number_key(entry.lot_number),
        entry.named_on,
        moments_of(entry.named_on, law) if entry.vehicle is not None else None,
    )
