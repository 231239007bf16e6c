"""HTTP door of the register of laboratories: parse, act, answer."""

from litestar import Response, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from services.testing.actions.laboratories.read_laboratories import (
    Standing,
    all_laboratories,
    list_laboratories,
    read_history,
    read_laboratory,
)
from services.testing.actions.laboratories.register_laboratory import register_laboratory
from services.testing.exported_lists import laboratories, words_of
from services.testing.routes.lists import Service
from services.testing.rules.laboratories.laboratory import Laboratory, problems_of
from services.testing.service import Testing
from services.testing.storage.laboratories import LaboratoryWindow
from services.testing.wire.laboratories import (
    DivisionCapacityView,
    LaboratoryFields,
    LaboratoryHistory,
    LaboratoryRevisionView,
    LaboratoryView,
)
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.errors import InvalidInput
from shared.instants import refuse_future
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.workbooks import XLSX
from shared.workbooks.exporting import FilesOperation, Form, InForm, taken_away

CODE_POSITION = tuple[str, str]
"""The sort values of a list by division and code."""


@put(
    "/v1/laboratories/{code:str}",
    guards=[requires("laboratories:write")],
    status_code=200,
    responses={201: ResponseSpec(LaboratoryView, description="The laboratory is new.")},
)
async def put_laboratory(
    code: FromPath[str], data: JSONBody[LaboratoryFields], request: WireRequest, testing: Service
) -> Response[LaboratoryView]:
    """Register a laboratory 登记检测机构 or change what it has: shifts, staff, instruments, stocks.

    `code` is that of an institution, whose name, kind and division it keeps. A new one answers 201.
    """
    institution = testing.institutions.get(code, "code")
    request.user.must_reach(institution.division)
    law, facts = testing.laboratories_law.ledger, data.facts()
    if problems := problems_of(facts, institution, law):
        raise InvalidInput("The laboratory has fields that are refused.", problems=problems)
    now = testing.clock.now()
    recorded_at = data.recorded_at or now
    refuse_future("recorded_at", recorded_at, now)
    laboratory = Laboratory(code, institution.division, institution.kind, facts)
    _, is_new = await register_laboratory(
        testing.database,
        laboratory,
        recorded_at=recorded_at,
        received_from=request.user.id,
        now=now,
    )
    standing = await read_laboratory(testing.database, code, request.user.bounds(), law, now=now)
    return Response(_view(testing, standing), status_code=201 if is_new else 200)


@get("/v1/laboratories/{code:str}", guards=[requires("laboratories:read")])
async def get_laboratory(code: FromPath[str], request: WireRequest, testing: Service) -> LaboratoryView:
    """Return a laboratory 检测机构: what it has, can do now, and lacks."""
    standing = await read_laboratory(
        testing.database,
        storable(code),
        request.user.bounds(),
        testing.laboratories_law.ledger,
        now=testing.clock.now(),
    )
    return _view(testing, standing)


@get("/v1/laboratories/{code:str}/revisions", guards=[requires("laboratories:read")])
async def get_revisions(code: FromPath[str], request: WireRequest, testing: Service) -> LaboratoryHistory:
    """Return what was said of a laboratory 登记变更记录, the last first."""
    revisions = await read_history(testing.database, storable(code), request.user.bounds())
    return LaboratoryHistory(code=code, revisions=[LaboratoryRevisionView.of(one) for one in revisions])


@get("/v1/laboratories", guards=[requires("laboratories:read")])
async def get_laboratories(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    kind: FromQuery[str | None] = None,
    suspended: FromQuery[bool | None] = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[LaboratoryView]:
    """List the laboratories of a subtree 检测机构名单, by division and code."""
    place = place_in_list(request, cursor, limit, CODE_POSITION)
    bounds = request.user.bounds_in(testing.divisions, division)
    rows = await list_laboratories(
        testing.database,
        LaboratoryWindow(bounds, place.rows_wanted, place.after or ("", "")),
        testing.laboratories_law.ledger,
        kind=None if kind is None else storable(kind),
        suspended=suspended,
        now=testing.clock.now(),
    )

    def position(row: Standing) -> CODE_POSITION:
        return (row.stored.laboratory.division, row.stored.laboratory.code)

    return page_of(request, place, rows, key=position, show=lambda row: _view(testing, row))


@get(
    "/v1/laboratories/export",
    guards=[requires("laboratories:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_laboratories(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_form: InForm = Form.XLSX,
) -> Stream:
    """Return the whole register of a subtree as a file 检测机构台账导出, with gaps and capacity as of now."""
    bounds = request.user.bounds_in(testing.divisions, division)
    words = words_of(testing.laboratories_law.ledger)
    return await taken_away(laboratories(testing, bounds), LaboratoryView, "laboratories", words, in_form)


@get("/v1/laboratory-capacity", guards=[requires("laboratories:read")])
async def get_capacity(
    request: WireRequest, testing: Service, division: FromQuery[DivisionCode | None] = None
) -> DivisionCapacityView:
    """Return what the laboratories of a subtree can do together 检测能力汇总, and what they lack."""
    bounds = request.user.bounds_in(testing.divisions, division)
    standings = await all_laboratories(
        testing.database, bounds, testing.laboratories_law.ledger, now=testing.clock.now()
    )
    return DivisionCapacityView.of(division or request.user.division, standings)


def _view(testing: Testing, standing: Standing) -> LaboratoryView:
    code = standing.stored.laboratory.code
    return LaboratoryView.of(standing, testing.institutions.name_of(code))


def storable(code: str) -> str:
    """Return a code as it may be looked up: nothing with U+0000 in it is on record."""
    return code.replace("\0", "/")


ROUTES = [
    put_laboratory,
    export_laboratories,
    get_laboratory,
    get_revisions,
    get_laboratories,
    get_capacity,
]
