"""HTTP door of results as workbooks."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Stream

from services.testing.routes.lists import Service
from services.testing.wire.result_workbooks import ResultWorkbookReceipt
from services.testing.workbook_ledgers import RESULTS
from shared.access import requires
from shared.bodies import WireRequest, require_media
from shared.workbooks import XLSX
from shared.workbooks.exporting import workbook_answer
from shared.workbooks.importing import refused_rows, take_workbook, template
from shared.workbooks.reading import LARGEST_BYTES


@post(
    "/v1/results/workbook",
    guards=[requires(RESULTS.scope)],
    status_code=200,
    request_max_body_size=LARGEST_BYTES,
)
async def post_workbook(request: WireRequest, testing: Service) -> ResultWorkbookReceipt:
    """Store the results of a workbook 检测结果台账导入, up to 50,000 rows; each gets a verdict.

    Headings are looked for in the first 20 rows. What is sent again is a repetition.
    """
    require_media(request, XLSX)
    imported = await take_workbook(testing, RESULTS, request.user, await request.body())
    return ResultWorkbookReceipt.of(imported)


@get("/v1/results/workbook", guards=[requires(RESULTS.scope)], media_type=XLSX)
async def get_template() -> Stream:
    """Return an empty workbook with the headings of results 空白检测结果台账."""
    return workbook_answer(await template(RESULTS), "results")


@get(
    "/v1/results/workbook/{import_id:uuid}/refused",
    guards=[requires(RESULTS.scope)],
    media_type=XLSX,
)
async def get_refused_results(import_id: FromPath[UUID], request: WireRequest, testing: Service) -> Stream:
    """Return the refused rows 退回的行 as a workbook, the reason behind each, to be mended and sent again."""
    file = await refused_rows(testing, RESULTS, request.user, import_id)
    return workbook_answer(file, "results-refused")


ROUTES = [post_workbook, get_template, get_refused_results]
