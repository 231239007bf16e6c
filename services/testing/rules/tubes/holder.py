"""Which result a tube has, of all that laboratories said of its code: whatever came first, the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.testing.rules.tubes.chain import KnownTube
from shared.divisions import contains
from shared.instants import FUTURE_TOLERANCE
from shared.vocabulary import Method, Result

TO_BE_RESULTED = timedelta(days=7)
"""How long after its opening a result with a tube's code is taken for one of it, whatever division it states;
after that a tube is lost, and its code may be in use elsewhere. Ours."""

_RANK = {Result.INCONCLUSIVE: 0, Result.NEGATIVE: 1, Result.POSITIVE: 2}


@dataclass(frozen=True, slots=True)
class ResultSeen:
    """A laboratory's result as it stands: its latest revision, and when it was first obtained."""

    sample_id: UUID
    tube_code: str
    institution: str
    division: str
    method: Method
    result: Result
    revision: int
    sampled_at: datetime
    first_resulted_at: datetime
    resulted_at: datetime
    recorded_at: datetime
    person_id: UUID | None = None
    pool_size: int | None = None
    was_positive: bool = False
    """Whether any revision was: then a positive may have been told."""
    doubted_at: datetime | None = None
    """When it was first found not to be negative."""

    @property
    def says_pool(self) -> bool:
        """Whether the laboratory says that it is a pool."""
        return (self.pool_size or 1) > 1


def tube_of_result(result: ResultSeen, tubes: Iterable[KnownTube]) -> KnownTube | None:
    """Return which of the tubes that had the result's code it is of: the last one opened by then.

    None for a result that was obtained before the tube was opened: a code used again must not clear
    anybody by what was found earlier. None as well for one stated for a division that neither is the tube's
    nor holds it nor lies in it: nobody closes the tube of a neighbour, by error or on purpose.
    """
    return last_opened(tubes, result.division, result.first_resulted_at)


def last_opened(tubes: Iterable[KnownTube], division: str, resulted_at: datetime) -> KnownTube | None:
    """Return the last of the tubes opened by then that a result stated for the division may be of."""
    latest = resulted_at + FUTURE_TOLERANCE
    fitting = [tube for tube in tubes if tube.opened_at <= latest and are_in_line(division, tube.division)]
    return max(fitting, key=lambda tube: (tube.opened_at, tube.tube_id), default=None)


def last_opened_elsewhere(
    tubes: Iterable[KnownTube], division: str, resulted_at: datetime
) -> KnownTube | None:
    """Return the last tube whose code a result has while it states another division; None for one too old."""
    fitting = [
        tube
        for tube in tubes
        if tube.opened_at - FUTURE_TOLERANCE <= resulted_at <= tube.opened_at + TO_BE_RESULTED
        and not are_in_line(division, tube.division)
    ]
    return max(fitting, key=lambda tube: (tube.opened_at, tube.tube_id), default=None)


def are_in_line(one: str, other: str) -> bool:
    """Tell whether two divisions are the same, or one contains the other."""
    return contains(one, other) or contains(other, one)


def results_by_tube(
    results: Iterable[ResultSeen], tubes: Sequence[KnownTube]
) -> Mapping[UUID, list[ResultSeen]]:
    """Return the results of each tube, by its id; those of no tube are left out."""
    of_code: dict[str, list[KnownTube]] = {}
    for tube in tubes:
        of_code.setdefault(tube.code, []).append(tube)
    found: dict[UUID, list[ResultSeen]] = {}
    for result in results:
        tube = tube_of_result(result, of_code.get(result.tube_code, ()))
        if tube is not None:
            found.setdefault(tube.tube_id, []).append(result)
    return found


def holder_of(results: Iterable[ResultSeen]) -> ResultSeen | None:
    """Return the result that holds: positive before negative, clear before unclear, then the first.

    So a second laboratory's clear result decides what was unclear, and none makes a positive disappear:
    that takes the laboratory's own correction.
    """
    return max(
        results,
        key=lambda one: (_RANK[one.result], -one.first_resulted_at.timestamp(), -one.sample_id.int),
        default=None,
    )


def is_code_free(
    opened_at: datetime,
    resulted_at: datetime | None,
    others: Iterable[tuple[datetime, datetime | None]],
) -> bool:
    """Tell whether a tube may have its code, beside others that had it: when each was opened and resulted.

    A code stands for one open tube at a time: of two, the one opened first must have had its result when
    the other was opened, whichever of them is told of first.
    """
    own = (opened_at, resulted_at)
    return all(_is_over(*sorted((own, other), key=lambda one: one[0])) for other in others)


def _is_over(earlier: tuple[datetime, datetime | None], later: tuple[datetime, datetime | None]) -> bool:
    return earlier[1] is not None and earlier[1] <= later[0]
