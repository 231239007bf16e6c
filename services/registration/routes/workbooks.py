"""HTTP door of ledgers as files: workbooks in, refused rows back, templates, workbooks and NDJSON out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from services.registration.exported_lists import EXPORTED, EXPORTED_OF_DAYS
from services.registration.exporting import Exported, ExportedOfDay, taken_away
from services.registration.importing import Importer
from services.registration.routes.health_reports import OfDay
from services.registration.routes.lists import Service
from services.registration.rules.day_count import day_of
from services.registration.workbook_ledgers import IMPORTERS
from shared.access import requires
from shared.bodies import WireRequest, require_media
from shared.divisions import DivisionCode
from shared.verdicts import Verdict
from shared.workbooks import XLSX
from shared.workbooks.exporting import FilesOperation, Form, InForm, workbook_answer
from shared.workbooks.importing import refused_rows, take_workbook, template
from shared.workbooks.reading import LARGEST_BYTES
from shared.workbooks.receipts import ImportReceipt


def import_routes(importer: Importer[Any]) -> list[ControllerRouterHandler]:
    """Return the doors of a ledger that comes as a workbook."""
    path, name = f"/v1/{importer.name}/workbook", importer.name.replace("-", "_")

    @post(
        path,
        guards=[requires(importer.scope)],
        status_code=200,
        request_max_body_size=LARGEST_BYTES,
        name=f"import_{name}",
        operation_id=f"import_{name}",
    )
    async def import_workbook(request: WireRequest, registration: Service) -> ImportReceipt:
        """Take a ledger in as a workbook 台账导入, up to 50,000 rows; each row gets a verdict of its own.

        Headings are looked for in the first 20 rows. What is sent again is a repetition.
        """
        require_media(request, XLSX)
        imported = await take_workbook(registration, importer, request.user, await request.body())
        receipt = ImportReceipt.of(imported)
        for verdict in Verdict:
            registration.metrics.statements.labels(importer.name, verdict).inc(getattr(receipt, verdict))
        return receipt

    @get(
        path,
        guards=[requires(importer.scope)],
        media_type=XLSX,
        name=f"template_{name}",
        operation_id=f"template_{name}",
    )
    async def get_template() -> Stream:
        """Return an empty workbook with this ledger's headings 空白台账."""
        return workbook_answer(await template(importer), importer.name)

    @get(
        f"{path}/{{import_id:uuid}}/refused",
        guards=[requires(importer.scope)],
        media_type=XLSX,
        name=f"refused_{name}",
        operation_id=f"refused_{name}",
    )
    async def get_refused(import_id: FromPath[UUID], request: WireRequest, registration: Service) -> Stream:
        """Return the refused rows 退回的行 as a workbook, the reason behind each, to be mended."""
        file = await refused_rows(registration, importer, request.user, import_id)
        return workbook_answer(file, f"{importer.name}-refused")

    return [import_workbook, get_template, get_refused]


def export_routes(exported: Exported) -> list[ControllerRouterHandler]:
    """Return the door of a list that is taken away as a file."""
    name = exported.name.replace("-", "_").replace("/", "_")

    @get(
        f"/v1/{exported.name}/export",
        guards=[requires(exported.scope)],
        media_type=XLSX,
        operation_class=FilesOperation,
        name=f"export_{name}",
        operation_id=f"export_{name}",
    )
    async def export(
        request: WireRequest,
        registration: Service,
        division: FromQuery[DivisionCode | None] = None,
        in_form: InForm = Form.XLSX,
    ) -> Stream:
        """Return the whole list of a subtree as a file 台账导出, by division."""
        bounds = request.user.bounds_in(registration.divisions, division)
        return await taken_away(registration, exported, bounds, in_form)

    return [export]


def day_export_routes(exported: ExportedOfDay) -> list[ControllerRouterHandler]:
    """Return the door of a list of a day that is taken away as a file."""
    name = exported.name.replace("-", "_").replace("/", "_")

    @get(
        f"/v1/{exported.name}/export",
        guards=[requires(exported.scope)],
        media_type=XLSX,
        operation_class=FilesOperation,
        name=f"export_{name}",
        operation_id=f"export_{name}",
    )
    async def export(
        request: WireRequest,
        registration: Service,
        division: FromQuery[DivisionCode | None] = None,
        day: OfDay = None,
        in_form: InForm = Form.XLSX,
    ) -> Stream:
        """Return the whole list of a day and a subtree as a file 当日台账导出, by division."""
        bounds = request.user.bounds_in(registration.divisions, division)
        of_day = exported.on(day or day_of(registration.clock.now()))
        return await taken_away(registration, of_day, bounds, in_form)

    return [export]


ROUTES: Sequence[ControllerRouterHandler] = [
    *(route for importer in IMPORTERS for route in import_routes(importer)),
    *(route for exported in EXPORTED for route in export_routes(exported)),
    *(route for exported in EXPORTED_OF_DAYS for route in day_export_routes(exported)),
]
