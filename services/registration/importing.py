"""A ledger as a workbook 台账导入: each row judged like a body of the ledger's own door, a verdict for each.

Rows are taken a thousand at a time, each thousand in a transaction of its own. What is sent again, whole or
cut off half-way, is a repetition of what is on record. Refused rows are kept, sealed, for a week, so that
they can be fetched as a workbook, mended and sent again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Generic, TypeVar, cast
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from services.registration.service import Registration
from services.registration.storage import imports
from shared.access import Principal
from shared.errors import FieldProblem, NotFound
from shared.strict_json import WireModel, refusal
from shared.verdicts import RowVerdict, Verdict
from shared.workbooks.columns import Heads, Ledger
from shared.workbooks.reading import Sheet, SheetRow, without_blank_end
from shared.workbooks.writing import SheetWriter

ROWS_TOGETHER = 1_000
REFUSAL_PURPOSE = "workbook-refusal"
REASON = "退回原因 Reason"

Row = TypeVar("Row", bound=WireModel)
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Importer(Generic[Row]):
    """How a ledger takes a workbook."""

    name: str
    """The ledger's path: `returns`."""
    scope: str
    columns: Ledger
    model: type[Row]
    """What a row must be: the body of the ledger's own door."""
    receive: Callable[[Registration, Principal, Sequence[Row], datetime], Awaitable[Sequence[RowVerdict]]]
    """Stores rows and returns what became of each."""
    complete: Callable[[Registration, Body], None] = lambda _, __: None
    """Adds to a body what a sheet lacks and what follows from it, such as a reference."""

    @property
    def validator(self) -> SchemaValidator:
        """What reads one body."""
        return cast("SchemaValidator", TypeAdapter(self.model).validator)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one row of a sheet; `number` is what Excel shows beside it."""

    number: int
    verdict: Verdict
    id: UUID | None
    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a workbook."""

    import_id: UUID
    unknown_headings: tuple[str, ...]
    rows: list[Judged]


async def take_workbook(
    registration: Registration, importer: Importer[Any], principal: Principal, data: bytes
) -> Imported:
    """Take a workbook in; raises UnreadableWorkbook, UnknownHeadings or TooLarge.

    TooLarge can come after rows were stored: their repetition is harmless.
    """
    sheet = await asyncio.to_thread(Sheet, data, importer.columns)
    import_id = uuid4()
    headings = ["" if cell is None else str(cell) for cell in without_blank_end(sheet.heading_cells)]
    async with registration.database.transaction() as connection:
        await imports.open_import(
            connection,
            import_id,
            importer.name,
            headings,
            received_from=principal.id,
            received_at=registration.clock.now(),
        )
    chunks, judged = sheet.chunks(ROWS_TOGETHER), list[Judged]()
    while chunk := await asyncio.to_thread(_next, chunks):
        fates = await _take(registration, importer, principal, chunk, sheet.heads)
        await _keep_refused(registration, import_id, chunk, fates, importer)
        judged += fates
    return Imported(import_id, sheet.heads.unknown, judged)


def _next(chunks: Iterator[list[SheetRow]]) -> list[SheetRow]:
    return next(chunks, [])


async def _take(
    registration: Registration,
    importer: Importer[Any],
    principal: Principal,
    chunk: Sequence[SheetRow],
    heads: Heads,
) -> list[Judged]:
    validator = importer.validator
    read = [_read(registration, importer, validator, row, heads) for row in chunk]
    good = [row for row in read if not isinstance(row, tuple)]
    now = registration.clock.now()
    verdicts = iter(await importer.receive(registration, principal, good, now) if good else ())
    registration.wake()
    judged: list[Judged] = []
    for row, outcome in zip(chunk, read, strict=True):
        if isinstance(outcome, tuple):
            judged.append(Judged(row.number, Verdict.REFUSED, None, outcome))
        else:
            fate = next(verdicts)
            judged.append(Judged(row.number, fate.verdict, fate.id, fate.problems))
    return judged


def _read(
    registration: Registration,
    importer: Importer[Any],
    validator: SchemaValidator,
    row: SheetRow,
    heads: Heads,
) -> WireModel | tuple[FieldProblem, ...]:
    """The row as the door's body, or why it is none."""
    body, problems = importer.columns.body_of(row.cells, heads)
    if problems:
        return tuple(problems)
    importer.complete(registration, body)
    text = json.dumps(body).encode()
    try:
        return cast("WireModel", validator.validate_json(text))
    except ValidationError as error:
        refused = refusal(error, text)
        return refused.problems or (FieldProblem("", refused.detail),)


async def _keep_refused(
    registration: Registration,
    import_id: UUID,
    chunk: Sequence[SheetRow],
    fates: Sequence[Judged],
    importer: Importer[Any],
) -> None:
    refused = [
        (row.number, _seal(registration, row, fate, importer))
        for row, fate in zip(chunk, fates, strict=True)
        if fate.verdict is Verdict.REFUSED
    ]
    if refused:
        async with registration.database.transaction() as connection:
            await imports.keep_refusals(connection, import_id, refused)


def _seal(registration: Registration, row: SheetRow, fate: Judged, importer: Importer[Any]) -> bytes:
    reasons = [f"{importer.columns.heading_of(one.field)}：{one.reason}" for one in fate.problems]
    cells = [None if cell is None else str(cell) for cell in without_blank_end(row.cells)]
    document = json.dumps({"cells": cells, "reason": "；".join(reasons)}, ensure_ascii=False)
    return registration.sealer.seal(document, purpose=REFUSAL_PURPOSE)


async def refused_rows(
    registration: Registration, importer: Importer[Any], principal: Principal, import_id: UUID
) -> IO[bytes]:
    """Return the refused rows of a workbook as a workbook, the reason behind each.

    Raises NotFound for one that this key has not sent in within the last week.
    """
    async with registration.database.connection() as connection:
        headings = await imports.find_headings(connection, import_id, importer.name, principal.id)
        if headings is None:
            raise NotFound("There is no such import of this key.")
        writer = SheetWriter([*headings, REASON], title="退回 Refused")
        after = 0
        while rows := await imports.refusals_after(connection, import_id, after, ROWS_TOGETHER):
            after = rows[-1][0]
            opened = [registration.sealer.open(sealed, purpose=REFUSAL_PURPOSE) for _, sealed in rows]
            await asyncio.to_thread(writer.add, [_line(text, len(headings)) for text in opened])
    return await asyncio.to_thread(writer.finish)


def _line(text: str, width: int) -> list[Any]:
    document: dict[str, Any] = json.loads(text)
    cells: list[Any] = document["cells"]
    return [*cells[:width], *[None] * (width - len(cells)), document["reason"]]


async def template(importer: Importer[Any]) -> IO[bytes]:
    """Return an empty workbook with the ledger's headings, to be filled in."""
    writer = SheetWriter([column.heading for column in importer.columns.columns], title="台账 Ledger")
    return await asyncio.to_thread(writer.finish)
