"""Count what tubes have come to for their campaigns, in the transaction in which they came to it."""

from collections.abc import Sequence

from services.testing.rules.campaigns.counting import TubeFigures, differences
from services.testing.rules.tubes.chain import StepKind
from services.testing.rules.tubes.tube import TubeHead
from services.testing.storage import campaign_counts
from services.testing.storage.tubes import Settled, TubeRow
from shared.postgres import Connection

Change = tuple[TubeFigures | None, TubeFigures]
"""A tube before, None for one that was not known, and after."""


async def count_tubes(connection: Connection, changes: Sequence[Change]) -> None:
    """Add what changed to the figures of campaigns; without any campaign it costs nothing.

    Whoever changes a tube passes on what it was and what it is: members, steps, laboratory, result. So each
    is counted once, in whatever order things become known, and a correction takes back what it corrects.
    """
    await campaign_counts.add(connection, differences(changes))


def opened_tube(head: TubeHead, members: int) -> TubeFigures:
    """Return the figures of a tube that nothing is known of but who is in it."""
    return TubeFigures(head.campaign_id, head.division, head.point, head.opened_at, members)


def before_settling(row: TubeRow, members: int | None = None) -> TubeFigures:
    """Return the figures of a tube as it is on record, with other members if it had others then."""
    return TubeFigures(
        campaign_id=row.head.campaign_id,
        division=row.head.division,
        point=row.head.point,
        opened_at=row.head.opened_at,
        members=row.members if members is None else members,
        arrived_at=row.first.get(StepKind.RECEIVED),
        laboratory=row.laboratory,
        resulted_at=row.resulted_at,
        result=row.told.result,
    )


def after_settling(row: TubeRow, settled: Settled) -> TubeFigures:
    """Return the figures of a tube as it was found to be."""
    holder = settled.holder
    return TubeFigures(
        campaign_id=row.head.campaign_id,
        division=row.head.division,
        point=row.head.point,
        opened_at=row.head.opened_at,
        members=settled.members,
        arrived_at=settled.first.get(StepKind.RECEIVED),
        laboratory=settled.laboratory,
        resulted_at=holder.first_resulted_at if holder else None,
        result=holder.result if holder else None,
    )
