"""HTTP door of coverage: due against done."""

from datetime import date
from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from services.testing.actions.due.read_coverage import read_coverage, read_history
from services.testing.routes.lists import Service
from services.testing.service import Testing
from services.testing.wire.coverage import CoverageHistory, CoverageView
from shared.access import Principal, requires
from shared.bodies import WireRequest
from shared.day_count import day_number, day_of, number_of
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput

LONGEST_DAYS = 366
WEEK_DAYS = 7

FromDay = Annotated[date | None, QueryParameter(name="from", description="Without it, this Monday.")]
ToDay = Annotated[date | None, QueryParameter(name="to", description="Without it, six days later.")]
OfCategory = Annotated[
    str | None, QueryParameter(name="category", max_length=64, description="Only this category.")
]


def _shown(testing: Testing, user: Principal, division: str | None) -> str:
    """Return the unit that is shown; raises UnknownDivision, or Forbidden for one out of reach."""
    user.bounds_in(testing.divisions, division)
    return division if division is not None and user.reaches(division) else user.division


def _span(testing: Testing, from_day: date | None, to_day: date | None) -> tuple[date, date]:
    today = day_of(testing.clock.now())
    first = from_day or day_number(today, -today.weekday())
    last = to_day or day_number(first, WEEK_DAYS - 1)
    if not 0 <= number_of(first, last) < LONGEST_DAYS:
        reason = f"must lie 0 to {LONGEST_DAYS - 1} days after from"
        raise InvalidInput("The span is refused.", problems=[FieldProblem("to", reason)])
    return first, last


@get("/v1/coverage", guards=[requires("due:read")])
async def get_coverage(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    from_day: FromDay = None,
    to_day: ToDay = None,
) -> CoverageView:
    """Return due against done 应检尽检覆盖率 of a unit and each directly below it, by category, live.

    A test counts on the day by which it is due; a week's routine tests on its last.
    """
    unit = _shown(testing, request.user, division)
    first, last = _span(testing, from_day, to_day)
    found = await read_coverage(testing.database, testing.divisions, unit, first, last)
    return CoverageView.of(unit, first, last, found)


@get("/v1/coverage/history", guards=[requires("due:read")])
async def get_coverage_history(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    from_day: FromDay = None,
    to_day: ToDay = None,
    of_category: OfCategory = None,
) -> CoverageHistory:
    """Return due against done of a unit day by day 覆盖率历史, all units below it included."""
    unit = _shown(testing, request.user, division)
    first, last = _span(testing, from_day, to_day)
    found = await read_history(testing.database, unit, of_category, first, last)
    return CoverageHistory.of(unit, first, last, found)


ROUTES = [get_coverage, get_coverage_history]
