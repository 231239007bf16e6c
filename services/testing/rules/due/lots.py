"""Lots of goods that may not be sold 被封存的冷链批次, and the due tests that follow (town §10)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.testing.rules.due.asking import Ask, Source
from services.testing.rules.due.law import DueLaw
from shared.contracts import derived_id
from shared.day_count import day_number, day_of
from shared.vocabulary import SubjectKind


@dataclass(frozen=True, slots=True)
class LotTelling:
    """What was told of a lot in a division at a moment: that it may not be sold, or that it may."""

    division: str
    told_at: datetime
    blocked: bool


@dataclass(frozen=True, slots=True)
class LotDemand:
    """A due test of a lot in a division, and since when it is not asked for, after all that was told."""

    ask: Ask
    dropped_at: datetime | None


def demands_of(lot_id: UUID, tellings: Sequence[LotTelling], law: DueLaw) -> list[LotDemand]:
    """Return the due test of a lot for each division where it was blocked, in whatever order that was told.

    It is due from the first blocking after the lot was last cleared anywhere: that it lacks other proofs by
    now asks for no second sample. A sample of the lot, in whichever division, settles all of them.
    """
    cleared_at = max((one.told_at for one in tellings if not one.blocked), default=None)
    blocked: defaultdict[str, list[datetime]] = defaultdict(list)
    for one in tellings:
        if one.blocked:
            blocked[one.division].append(one.told_at)
    demands: list[LotDemand] = []
    for division, instants in sorted(blocked.items()):
        since = [at for at in instants if cleared_at is None or at > cleared_at] or instants
        demands.append(LotDemand(_ask(lot_id, division, min(since), max(since), law), cleared_at))
    return demands


def _ask(lot_id: UUID, division: str, since: datetime, told_at: datetime, law: DueLaw) -> Ask:
    rule, day = law.sources.lots, day_of(since)
    due_id = derived_id("lot-test", lot_id, division)
    return Ask(
        due_id=due_id,
        source=Source.LOT,
        series=due_id,
        division=division,
        category=rule.category,
        subject_kind=SubjectKind.GOODS,
        subject_id=lot_id,
        reference=str(lot_id),
        from_on=day,
        due_on=day_number(day, rule.days),
        told_at=told_at,
    )
