"""HTTP door of base numbers and of members of categories."""

from typing import Annotated, TypeVar

from litestar import get, post
from litestar.params import FromQuery, QueryParameter

from services.testing.actions.due.state_base_numbers import (
    list_base_numbers,
    list_unstated,
    state_base_numbers,
    state_members,
)
from services.testing.routes.lists import Service
from services.testing.wire.base_numbers import (
    BaseNumberRow,
    BaseNumberView,
    KindRowReceipt,
    MemberRow,
    TestKinds,
    TestKindView,
    UnstatedVillages,
)
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, ReadRow, read_rows
from shared.bodies import WireRequest, require_media
from shared.day_count import day_of
from shared.divisions import DivisionCode
from shared.errors import FieldProblem, InvalidInput
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, RowVerdict, with_unread

Row = TypeVar("Row", BaseNumberRow, MemberRow)
OfKind = Annotated[str, QueryParameter(name="kind", max_length=64, description="A kind of the policy.")]
PLACE = tuple[str, str]
"""The sort values of base numbers: unit and kind."""


@get("/v1/test-kinds", guards=[requires("due:read")])
async def get_test_kinds(testing: Service) -> TestKinds:
    """List what is tested again and again 应检类别: how often, and by which clause."""
    law, pack, today = testing.due_law, testing.pack, day_of(testing.clock.now())
    items: list[TestKindView] = []
    for kind in law.kinds.values():
        cited = pack.cite(law.categories[kind.category].clause or ())
        items.append(TestKindView.of(kind, law, today, [one.zh for one in cited]))
    return TestKinds(items=items)


@post(
    "/v1/base-numbers/batch",
    guards=[requires("due:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_base_numbers(request: WireRequest, testing: Service) -> BatchReceipt[KindRowReceipt]:
    """State up to 10,000 base numbers 应检底数, a JSON array or NDJSON; a verdict for each."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, BaseNumberRow)
    verdicts = await state_base_numbers(
        testing.database,
        [read.row.number() for read in rows if read.row is not None],
        testing.due_law,
        divisions=testing.divisions,
        reaches=request.user.reaches,
        now=testing.clock.now(),
    )
    return _receipts(rows, verdicts)


@post(
    "/v1/category-members/batch",
    guards=[requires("due:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_members(request: WireRequest, testing: Service) -> BatchReceipt[KindRowReceipt]:
    """State up to 10,000 people and objects of categories 应检名册, JSON or NDJSON; a verdict each."""
    media = require_media(request, JSON, NDJSON)
    rows = read_rows(await request.body(), media, MemberRow)
    verdicts = await state_members(
        testing.database,
        [read.row.member() for read in rows if read.row is not None],
        testing.due_law,
        divisions=testing.divisions,
        reaches=request.user.reaches,
        now=testing.clock.now(),
    )
    testing.wake()
    return _receipts(rows, verdicts)


def _receipts(rows: list[ReadRow[Row]], verdicts: list[RowVerdict]) -> BatchReceipt[KindRowReceipt]:
    return BatchReceipt.of(
        [
            KindRowReceipt(
                index=read.index,
                verdict=verdict.verdict,
                kind=read.row.kind if read.row else None,
                division=read.row.division if read.row else None,
                problems=[Problem.of(problem) for problem in verdict.problems],
            )
            for read, verdict in zip(rows, with_unread(rows, verdicts), strict=True)
        ]
    )


@get("/v1/base-numbers", guards=[requires("due:read")])
async def get_base_numbers(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[BaseNumberView]:
    """List the base numbers of a subtree, by unit and kind."""
    place = place_in_list(request, cursor, limit, PLACE)
    bounds = request.user.bounds_in(testing.divisions, division)
    rows = await list_base_numbers(
        testing.database,
        bounds,
        place.after or ("", ""),
        now=testing.clock.now(),
        most=place.rows_wanted,
    )
    return page_of(request, place, rows, key=lambda row: (row.division, row.kind), show=BaseNumberView.of)


@get("/v1/base-numbers/unstated", guards=[requires("due:read")])
async def get_unstated(
    of_kind: OfKind,
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
) -> UnstatedVillages:
    """List the villages that have not stated their base number of a kind 未报底数的村."""
    if of_kind not in testing.due_law.kinds:
        problem = FieldProblem("kind", "unknown kind; /v1/test-kinds lists them")
        raise InvalidInput("There is no such kind.", problems=[problem])
    bounds = request.user.bounds_in(testing.divisions, division)
    found = await list_unstated(testing.database, of_kind, testing.divisions, bounds)
    return UnstatedVillages(kind=of_kind, count=len(found), divisions=found)


ROUTES = [get_test_kinds, post_base_numbers, post_members, get_base_numbers, get_unstated]
