"""HTTP door of results as workbooks."""

from collections import Counter

from litestar import get, post
from litestar.response import Stream

from services.testing.routes.lists import Service
from services.testing.wire.result_workbooks import ResultWorkbookReceipt, SheetRowReceipt
from services.testing.workbook_ledgers import take_workbook, template
from shared.access import requires
from shared.bodies import WireRequest, require_media
from shared.verdicts import Problem, Verdict
from shared.workbooks import XLSX
from shared.workbooks.reading import LARGEST_BYTES
from shared.workbooks.writing import pieces_of


@post(
    "/v1/results/workbook",
    guards=[requires("results:write")],
    status_code=200,
    request_max_body_size=LARGEST_BYTES,
)
async def post_workbook(request: WireRequest, testing: Service) -> ResultWorkbookReceipt:
    """Store the results of a workbook 检测结果台账导入, up to 50,000 rows; each gets a verdict.

    Headings are looked for in the first 20 rows. What is sent again is a repetition.
    """
    require_media(request, XLSX)
    taken = await take_workbook(testing, request.user, await request.body())
    counts = Counter(row.verdict.verdict for row in taken.rows)
    return ResultWorkbookReceipt(
        stored=counts[Verdict.STORED],
        duplicate=counts[Verdict.DUPLICATE],
        refused=counts[Verdict.REFUSED],
        unknown_headings=list(taken.unknown_headings),
        rows=[
            SheetRowReceipt(
                row=row.number,
                verdict=row.verdict.verdict,
                sample_id=row.verdict.id,
                problems=[Problem.of(problem) for problem in row.verdict.problems],
            )
            for row in taken.rows
        ],
    )


@get("/v1/results/workbook", guards=[requires("results:write")], media_type=XLSX)
async def get_template() -> Stream:
    """Return an empty workbook with the headings of results 空白检测结果台账."""
    headers = {"content-disposition": 'attachment; filename="results.xlsx"'}
    return Stream(pieces_of(await template()), media_type=XLSX, headers=headers)


ROUTES = [post_workbook, get_template]
