"""HTTP door of the register of households: parse, act, answer."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from services.testing.actions.campaigns.record_residents import read_residents, record_residents
from services.testing.exported_lists import residents, words_of
from services.testing.routes.lists import Service
from services.testing.storage.residents import FIRST, Entry
from services.testing.wire.residents import ResidentReceipt, ResidentRow, ResidentView
from services.testing.workbook_ledgers import RESIDENTS
from shared.access import requires
from shared.batches import BODY_LIMIT_BYTES, read_rows
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.pages import DEFAULT_LIMIT, Page, PageCursor, PageLimit, page_of, place_in_list
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, Problem, with_unread
from shared.workbooks import XLSX
from shared.workbooks.exporting import FilesOperation, Form, InForm, taken_away

InBuilding = Annotated[
    str | None, QueryParameter(name="building", max_length=64, description="Only this building.")
]


@post(
    "/v1/residents/batch",
    guards=[requires("residents:write")],
    status_code=200,
    request_max_body_size=BODY_LIMIT_BYTES,
)
async def post_residents(request: WireRequest, testing: Service) -> BatchReceipt[ResidentReceipt]:
    """State up to 10,000 persons or households of the register 户籍台账, a JSON array or NDJSON.

    Each row gets a verdict, and the ids by which its samples name it. Who has gone is stated with nobody.
    """
    media = require_media(request, JSON, NDJSON)
    now, user = testing.clock.now(), request.user
    rows = read_rows(await request.body(), media, ResidentRow)
    entries = [read.row.resident(now=now, received_from=user.id) for read in rows if read.row is not None]
    verdicts = await record_residents(
        testing.database, entries, registers=testing.registers, reaches=user.reaches, now=now
    )
    left = iter(entries)
    receipts: list[ResidentReceipt] = []
    for read, verdict in zip(rows, with_unread(rows, verdicts), strict=True):
        entry = next(left) if read.row is not None else None
        receipts.append(
            ResidentReceipt(
                index=read.index,
                verdict=verdict.verdict,
                problems=[Problem.of(problem) for problem in verdict.problems],
                reference=entry and entry.reference,
                resident_id=verdict.id,
                person_id=entry.person_id if entry and verdict.id else None,
            )
        )
    return BatchReceipt.of(receipts)


@get("/v1/residents", guards=[requires("residents:read")])
async def get_residents(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_building: InBuilding = None,
    limit: PageLimit = DEFAULT_LIMIT,
    cursor: PageCursor = None,
) -> Page[ResidentView]:
    """List the register of a subtree, by building."""
    place = place_in_list(request, cursor, limit, tuple[str, str, str])
    bounds = request.user.bounds_in(testing.divisions, division)
    rows = await read_residents(
        testing.database, bounds, in_building, place.after or FIRST, place.rows_wanted
    )

    def position(entry: Entry) -> tuple[str, str, str]:
        return (entry.division, entry.building, entry.reference)

    return page_of(request, place, rows, key=position, show=ResidentView.of)


@get(
    "/v1/residents/export",
    guards=[requires("residents:read")],
    media_type=XLSX,
    operation_class=FilesOperation,
)
async def export_residents(
    request: WireRequest,
    testing: Service,
    division: FromQuery[DivisionCode | None] = None,
    in_building: InBuilding = None,
    in_form: InForm = Form.XLSX,
) -> Stream:
    """Return the register of a subtree as a file 户籍台账导出: with the ids that samples name."""
    bounds = request.user.bounds_in(testing.divisions, division)
    words = words_of(testing.laboratories_law.ledger)
    pages = residents(testing, bounds, in_building)
    return await taken_away(pages, ResidentView, RESIDENTS.name, words, in_form)


ROUTES = [
    post_residents,
    export_residents,
    get_residents,
]
