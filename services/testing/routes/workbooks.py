"""HTTP door of ledgers as workbooks: results and households in, templates and refused rows out."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from services.testing.routes.lists import Service
from services.testing.service import Testing
from services.testing.wire.result_workbooks import ResultWorkbookReceipt
from services.testing.workbook_ledgers import RESIDENTS, RESULTS
from shared.access import requires
from shared.bodies import WireRequest, require_media
from shared.workbooks import XLSX
from shared.workbooks.exporting import workbook_answer
from shared.workbooks.importing import Importer, refused_rows, take_workbook, template
from shared.workbooks.reading import LARGEST_BYTES
from shared.workbooks.receipts import ImportReceipt


@post(
    "/v1/results/workbook",
    guards=[requires(RESULTS.scope)],
    status_code=200,
    request_max_body_size=LARGEST_BYTES,
)
async def post_results(request: WireRequest, testing: Service) -> ResultWorkbookReceipt:
    """Store the results of a workbook 检测结果台账导入, up to 50,000 rows; each gets a verdict.

    Headings are looked for in the first 20 rows. What is sent again is a repetition.
    """
    require_media(request, XLSX)
    imported = await take_workbook(testing, RESULTS, request.user, await request.body())
    return ResultWorkbookReceipt.of(imported)


@post(
    "/v1/residents/workbook",
    guards=[requires(RESIDENTS.scope)],
    status_code=200,
    request_max_body_size=LARGEST_BYTES,
)
async def post_residents(request: WireRequest, testing: Service) -> ImportReceipt:
    """State the register as a workbook 户籍台账导入, up to 50,000 rows; each row gets a verdict and its id.

    Headings are looked for in the first 20 rows. What is sent again is a repetition.
    """
    require_media(request, XLSX)
    imported = await take_workbook(testing, RESIDENTS, request.user, await request.body())
    return ImportReceipt.of(imported)


def file_routes(importer: Importer[Testing, Any]) -> list[ControllerRouterHandler]:
    """Return the doors at which a ledger that comes as a workbook gives files away."""
    path, name = f"/v1/{importer.name}/workbook", importer.name.replace("-", "_")

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
    async def get_refused(import_id: FromPath[UUID], request: WireRequest, testing: Service) -> Stream:
        """Return the refused rows 退回的行 as a workbook, the reason behind each, to be mended."""
        file = await refused_rows(testing, importer, request.user, import_id)
        return workbook_answer(file, f"{importer.name}-refused")

    return [get_template, get_refused]


ROUTES = [post_results, post_residents, *file_routes(RESULTS), *file_routes(RESIDENTS)]
