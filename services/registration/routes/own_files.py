"""HTTP door of lists that belong to one thing, as files 单项台账导出: a place's people, a charge."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from services.registration.actions.care.list_people_of_place import read_people_of_place
from services.registration.actions.care.read_five import list_changes, list_charges
from services.registration.actions.care.read_grid import find_staff
from services.registration.actions.plans.read_risk_areas import list_touched
from services.registration.actions.sentinels.read_sentinels import rank_sentinels
from services.registration.exported_registers import Slice
from services.registration.exporting import Exported, taken_away
from services.registration.routes.grid import BEGINNING
from services.registration.routes.health_reports import OfDay
from services.registration.routes.lists import Service
from services.registration.routes.place_people import PresentOnly
from services.registration.routes.sentinels import FIRST_FAULTS, Since, Until, period_of
from services.registration.rules.day_count import day_of
from services.registration.wire.five import ChargeChangeView, OwnChargeView
from services.registration.wire.place_people import PlacePersonView
from services.registration.wire.risk_areas import TouchedView
from services.registration.wire.sentinels import FaultyView
from shared.access import requires
from shared.bodies import WireRequest
from shared.divisions import DivisionCode
from shared.workbooks import XLSX
from shared.workbooks.exporting import FilesOperation, Form, InForm


@get(
    "/v1/places/{code:str}/people/export",
    guards=[requires("places:read", "health:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_place_people(
    code: FromPath[str],
    request: WireRequest,
    registration: Service,
    day: OfDay = None,
    present: PresentOnly = True,
    in_form: InForm = Form.XLSX,
) -> Stream:
    """Return the people of a place as a file 场所人员名册导出, each with their report of a day."""
    of_day = day or day_of(registration.clock.now())
    exported = Exported(
        "place-people",
        "places:read",
        PlacePersonView,
        lambda registration, wanted: read_people_of_place(
            registration.database,
            code,
            of_day,
            bounds=wanted.bounds,
            present=present,
            after=wanted.after[0] if wanted.after else UUID(int=0),
            most=wanted.most,
        ),
        lambda _, row: PlacePersonView.of(row),
        lambda row: (row.id,),
        Slice,
    )
    return await taken_away(registration, exported, request.user.bounds(), in_form)


@get(
    "/v1/grid/people/{key:str}/charges/export",
    guards=[requires("grid:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_charges(
    key: FromPath[str],
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_form: InForm = Form.XLSX,
) -> Stream:
    """Return for whom somebody answers now as a file 责任人包联名单导出, by division."""
    stored = await find_staff(registration.database, key)
    request.user.must_find(stored.staff.division, "This person")
    exported = Exported(
        "charges",
        "grid:read",
        OwnChargeView,
        lambda registration, window: list_charges(registration.database, stored.staff.id, window),
        lambda _, row: OwnChargeView.of(row),
    )
    bounds = request.user.bounds_in(registration.divisions, division)
    return await taken_away(registration, exported, bounds, in_form)


@get(
    "/v1/grid/people/{key:str}/changes/export",
    guards=[requires("grid:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_changes(
    key: FromPath[str], request: WireRequest, registration: Service, in_form: InForm = Form.XLSX
) -> Stream:
    """Return who came to somebody and who left them as a file 责任人包联变动导出, in the order of time."""
    stored = await find_staff(registration.database, key)
    request.user.must_find(stored.staff.division, "This person")
    exported = Exported(
        "charge-changes",
        "grid:read",
        ChargeChangeView,
        lambda registration, wanted: list_changes(
            registration.database, stored.staff.id, wanted.bounds, wanted.after or BEGINNING, wanted.most
        ),
        lambda _, row: ChargeChangeView.of(row),
        lambda row: (row.changed_at, row.id, row.kind),
        Slice,
    )
    return await taken_away(registration, exported, request.user.bounds(), in_form)


@get(
    "/v1/risk-areas/{risk_area_id:uuid}/touched/export",
    guards=[requires("risk-areas:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_touched(
    risk_area_id: FromPath[UUID],
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_form: InForm = Form.XLSX,
) -> Stream:
    """Return the returns whose route an entry's changes touched as a file 受影响人员导出, by division."""
    exported = Exported(
        "touched",
        "risk-areas:read",
        TouchedView,
        lambda registration, window: list_touched(registration.database, risk_area_id, window),
        lambda _, row: TouchedView.of(row),
    )
    bounds = request.user.bounds_in(registration.divisions, division)
    return await taken_away(registration, exported, bounds, in_form)


@get(
    "/v1/sentinels/faults/export",
    guards=[requires("symptoms:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_faults(
    request: WireRequest,
    registration: Service,
    division: FromQuery[DivisionCode | None] = None,
    since: Since = None,
    until: Until = None,
    in_form: InForm = Form.XLSX,
) -> Stream:
    """Return the sentinels at fault in a period as a file 迟报、漏报哨点导出, the worst first."""
    now = registration.clock.now()
    period = period_of(since, until, now)
    exported = Exported(
        "sentinel-faults",
        "symptoms:read",
        FaultyView,
        lambda registration, wanted: rank_sentinels(
            registration.database,
            wanted.bounds,
            period,
            wanted.after or FIRST_FAULTS,
            wanted.most,
            now=now,
        ),
        lambda _, row: FaultyView.of(row),
        lambda row: (-row[1].faults, row[0].sentinel.code),
        Slice,
    )
    bounds = request.user.bounds_in(registration.divisions, division)
    return await taken_away(registration, exported, bounds, in_form)


ROUTES = [export_place_people, export_charges, export_changes, export_touched, export_faults]
