"""The rows of returns withdrawn by hand, and what had been said of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.registration.rules.returns.return_merge import Named
from services.registration.rules.returns.withdrawal import Withdrawal, WithdrawalReason, again_id
from services.registration.storage.returns import QUERIES
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Gone:
    """A return withdrawn by hand, the id that its references name anew, and what had been said of it."""

    named: Named
    again_id: UUID
    said: set[UUID] = field(default_factory=set[UUID])


async def lock_references(connection: Connection, return_id: UUID) -> None:
    """Let nobody say anything more of a return until the transaction ends."""
    await QUERIES.fetch(connection, "lock_references_of_return", return_id=return_id)


async def lock_papers(connection: Connection, return_id: UUID) -> None:
    """Let one word after the other be said of a return's papers; taken before every other lock."""
    await QUERIES.execute(connection, "lock_papers_of_return", return_id=return_id)


async def append(
    connection: Connection, return_id: UUID, withdrawal: Withdrawal, received_at: datetime
) -> None:
    """Keep why a return was withdrawn."""
    await QUERIES.execute(
        connection,
        "append_withdrawal",
        return_id=return_id,
        again_id=again_id(return_id),
        reason=withdrawal.reason,
        note=withdrawal.note,
        occurred_at=withdrawal.occurred_at,
        recorded_at=withdrawal.recorded_at,
        received_at=received_at,
        received_from=withdrawal.received_from,
    )


async def find(connection: Connection, return_id: UUID) -> Withdrawal | None:
    """Return why a return was withdrawn by hand; None for one that was not."""
    row = await QUERIES.fetchrow(connection, "withdrawal_of_return", return_id=return_id)
    if row is None:
        return None
    return Withdrawal(
        WithdrawalReason(row["reason"]),
        row["note"],
        row["occurred_at"],
        row["recorded_at"],
        row["received_from"],
    )


async def gone_of(
    connection: Connection, return_ids: Collection[UUID], statement_ids: Collection[UUID]
) -> Mapping[UUID, Gone]:
    """Return which returns were withdrawn by hand, of these and of those that had their references before.

    Of each it is told which of the statements had been made of it.
    """
    if not return_ids:
        return {}
    rows = await QUERIES.fetch(
        connection,
        "said_of_withdrawn",
        return_ids=list(return_ids),
        statement_ids=list(statement_ids),
    )
    gone: dict[UUID, Gone] = {}
    for row in rows:
        named = Named(row["return_id"], row["division"], row["reference"])
        one = gone.setdefault(named.id, Gone(named, row["again_id"]))
        if row["statement_id"] is not None:
            one.said.add(row["statement_id"])
    return gone
