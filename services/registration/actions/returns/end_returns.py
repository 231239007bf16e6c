"""End returns that turned out to be others told again, within the caller's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.registration.ledger import Change
from services.registration.rules.returns.return_merge import Return, merge
from services.registration.storage import plan_decisions, returns, same_returns
from shared.postgres import Connection


async def end_returns(
    connection: Connection,
    ends: Mapping[UUID, UUID],
    changed: Iterable[Change[Return]],
    *,
    now: datetime,
) -> list[Change[Return]]:
    """Withdraw each return into the one that it is, which takes over all that was said; return what changed.

    So the return that stays has the earliest arrival and the earliest registration of both, and one clock.
    `changed` are the changes that the transaction has made already, whose ways home are not written yet.
    """
    if not ends:
        return []
    held = dict(await returns.lock(connection, sorted({*ends, *ends.values()})))
    held |= {change.after.id: change.after for change in changed if change.after.id in held}
    before = dict(held)
    for loser, winner in sorted(ends.items()):
        held[winner] = merge(held[winner], held[loser])
        held[loser] = replace(held[loser], withdrawn_into=winner)
    await returns.update(connection, [held[id_] for id_ in sorted(held)], now)
    await same_returns.end_returns(connection, ends, now)
    await plan_decisions.move(connection, ends)
    return [Change(before[id_], held[id_]) for id_ in sorted(held) if held[id_] != before[id_]]
