"""Compare notices from other provinces with the ledgers, whichever came first, so that nothing escapes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.registration.rules.movement.assistance_notice import Match, same_once
from services.registration.sealed_entry import marks_of, open_entry, seal_entry
from services.registration.storage import ledger_comparisons, notice_matches, notices
from shared import outbox
from shared.contracts import derived_id, envelop
from shared.contracts.registration.notices import NoticeMatched
from shared.postgres import Connection, Database
from shared.sealing import Sealer

LOOKS_AT_ONCE = 2_000
ENTRIES_AT_ONCE = 500
BEFORE_ALL = UUID(int=0)


async def keep_matches(connection: Connection, found: Sequence[Match], *, now: datetime) -> int:
    """Store matches within the caller's transaction and tell of the new ones; return how many those are.

    What is told goes to the division of what was found, which follows it to its end (渝肺炎组发〔2021〕1号
    §12).
    """
    if not found:
        return 0
    new = await notice_matches.insert_matches(connection, same_once(found), now)
    events = [
        NoticeMatched(
            division=one.division,
            occurred_at=now,
            recorded_at=now,
            match_id=one.id,
            notice_id=one.notice_id,
            ledger=one.ledger,
            matched_id=one.subject_id,
        )
        for one in new
    ]
    await outbox.put(
        connection, [envelop(event, id=derived_id(event.TYPE, event.match_id)) for event in events], now=now
    )
    return len(new)


async def match_later_rows(database: Database, *, now: datetime) -> bool:
    """Compare some rows of ledgers that are new or changed with all notices; tell whether more are waiting.

    The ledgers' own transactions put the rows on the list. A notice that is being taken at this moment is
    waited for: what it did not see yet is compared here after it.
    """
    async with database.transaction() as connection:
        if not await ledger_comparisons.has_looks(connection):
            return False
        await ledger_comparisons.hold_matching(connection)
        subjects = await ledger_comparisons.take_looks(connection, most=LOOKS_AT_ONCE)
        found = await ledger_comparisons.find_for_subjects(connection, subjects)
        await keep_matches(connection, found, now=now)
    return sum(map(len, subjects.values())) == LOOKS_AT_ONCE


async def mark_anew(database: Database, sealer: Sealer, after: UUID, *, now: datetime) -> UUID | None:
    """Give some of those who are named the hashes of a new key; return where to go on, None at the end.

    To be gone through once by every process: keys change with a new start only. A person stored under the
    new key meanwhile is compared once the hash is there.
    """
    async with database.transaction() as connection:
        rows = await notices.people_after(connection, after, most=ENTRIES_AT_ONCE)
        stale = [(id_, sealed) for id_, sealed in rows if sealer.needs_resealing(sealed)]
        if stale:
            await ledger_comparisons.hold_matching(connection)
            entries = {id_: open_entry(sealer, id_, sealed) for id_, sealed in stale}
            resealed = [
                (id_, sealed)
                for id_, entry in entries.items()
                if (sealed := seal_entry(sealer, id_, entry)) is not None
            ]
            await notices.reseal(connection, resealed)
            marks = [(id_, *mark) for id_, entry in entries.items() for mark in marks_of(sealer, entry)]
            await notices.add_marks(connection, marks)
            found = await ledger_comparisons.find_for_entries(connection, list(entries))
            await keep_matches(connection, found, now=now)
    return rows[-1][0] if len(rows) == ENTRIES_AT_ONCE else None
