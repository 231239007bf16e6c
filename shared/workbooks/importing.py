"""A ledger as a workbook 台账导入: each row judged like a body of the ledger's own door, a verdict for each.

Rows are taken a thousand at a time, each thousand as the ledger's door takes a batch. What is sent again,
whole or cut off half-way, is a repetition of what is on record. Refused rows are kept, sealed, for a week, so
that they can be fetched as a workbook, mended and sent again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, Generic, Protocol, TypeVar, cast
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from shared.access import Principal
from shared.clock import Clock
from shared.errors import FieldProblem, NotFound
from shared.postgres import Database
from shared.sealing import Sealer
from shared.strict_json import WireModel, refusal
from shared.verdicts import RowVerdict, Verdict
from shared.workbooks import kept_imports
from shared.workbooks.cells import LONGEST_TEXT
from shared.workbooks.columns import LONGEST_HEADING, Heads, Ledger
from shared.workbooks.reading import Sheet, SheetRow, without_blank_end
from shared.workbooks.writing import SheetWriter

ROWS_TOGETHER = 1_000
LONGEST_KEPT = LONGEST_TEXT + 1
"""So much of a refused cell comes back: enough to be refused again, should nobody mend it."""
REFUSAL_PURPOSE = "workbook-refusal"
REASON = "退回原因 Reason"
KEPT = timedelta(days=7)
"""How long refused rows wait to be fetched and mended."""
FORGOTTEN_TOGETHER = 100

Body = dict[str, Any]


class TakesWorkbooks(Protocol):
    """What a service has that takes workbooks; its schema has the tables of `kept_imports`."""

    @property
    def database(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def sealer(self) -> Sealer: ...
    @property
    def wake(self) -> Callable[[], None]: ...


Service = TypeVar("Service", bound=TakesWorkbooks)
Row = TypeVar("Row", bound=WireModel)


@dataclass(frozen=True)  # no slots: what is made by a name for one service keeps that name's types beside it
class Importer(Generic[Service, Row]):
    """How a ledger takes a workbook."""

    name: str
    """The ledger's path: `returns`."""
    scope: str
    columns: Ledger
    model: type[Row]
    """What a row must be: the body of the ledger's own door."""
    receive: Callable[[Service, Principal, Sequence[Row], datetime], Awaitable[Sequence[RowVerdict]]]
    """Stores rows and returns what became of each."""
    complete: Callable[[Service, Body], None] = lambda _, __: None
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
    service: Service, importer: Importer[Service, Any], principal: Principal, data: bytes
) -> Imported:
    """Take a workbook in; raises UnreadableWorkbook, UnknownHeadings or TooLarge.

    TooLarge can come after rows were stored: their repetition is harmless.
    """
    sheet = await asyncio.to_thread(Sheet, data, importer.columns)
    import_id = uuid4()
    headings = [
        "" if cell is None else str(cell)[:LONGEST_HEADING] for cell in without_blank_end(sheet.heading_cells)
    ]
    async with service.database.transaction() as connection:
        await kept_imports.open_import(
            connection,
            import_id,
            importer.name,
            headings,
            received_from=principal.id,
            received_at=service.clock.now(),
        )
    chunks, judged = sheet.chunks(ROWS_TOGETHER), list[Judged]()
    while chunk := await asyncio.to_thread(_next, chunks):
        fates = await _take(service, importer, principal, chunk, sheet.heads)
        await _keep_refused(service, import_id, chunk, fates, importer.columns)
        judged += fates
    return Imported(import_id, sheet.heads.unknown, judged)


def _next(chunks: Iterator[list[SheetRow]]) -> list[SheetRow]:
    return next(chunks, [])


async def _take(
    service: Service,
    importer: Importer[Service, Any],
    principal: Principal,
    chunk: Sequence[SheetRow],
    heads: Heads,
) -> list[Judged]:
    validator = importer.validator
    read = [_read(service, importer, validator, row, heads) for row in chunk]
    good = [row for row in read if not isinstance(row, tuple)]
    now = service.clock.now()
    verdicts = iter(await importer.receive(service, principal, good, now) if good else ())
    service.wake()
    judged: list[Judged] = []
    for row, outcome in zip(chunk, read, strict=True):
        if isinstance(outcome, tuple):
            judged.append(Judged(row.number, Verdict.REFUSED, None, outcome))
        else:
            fate = next(verdicts)
            judged.append(Judged(row.number, fate.verdict, fate.id, fate.problems))
    return judged


def _read(
    service: Service,
    importer: Importer[Service, Any],
    validator: SchemaValidator,
    row: SheetRow,
    heads: Heads,
) -> WireModel | tuple[FieldProblem, ...]:
    """The row as the door's body, or why it is none."""
    body, problems = importer.columns.body_of(row.cells, heads)
    if problems:
        return tuple(problems)
    importer.complete(service, body)
    text = json.dumps(body).encode()
    try:
        return cast("WireModel", validator.validate_json(text))
    except ValidationError as error:
        refused = refusal(error, text)
        return refused.problems or (FieldProblem("", refused.detail),)


async def _keep_refused(
    service: TakesWorkbooks,
    import_id: UUID,
    chunk: Sequence[SheetRow],
    fates: Sequence[Judged],
    columns: Ledger,
) -> None:
    refused = [
        (row.number, _seal(service.sealer, row, fate, columns))
        for row, fate in zip(chunk, fates, strict=True)
        if fate.verdict is Verdict.REFUSED
    ]
    if refused:
        async with service.database.transaction() as connection:
            await kept_imports.keep_refusals(connection, import_id, refused)


def _seal(sealer: Sealer, row: SheetRow, fate: Judged, columns: Ledger) -> bytes:
    reasons = [columns.told(one) for one in fate.problems]
    cells = [None if cell is None else str(cell)[:LONGEST_KEPT] for cell in without_blank_end(row.cells)]
    document = json.dumps({"cells": cells, "reason": "；".join(reasons)}, ensure_ascii=False)
    return sealer.seal(document, purpose=REFUSAL_PURPOSE)


async def refused_rows(
    service: Service, importer: Importer[Service, Any], principal: Principal, import_id: UUID
) -> IO[bytes]:
    """Return the refused rows of a workbook as a workbook, the reason behind each.

    Raises NotFound for one that this key has not sent in within the last week.
    """
    async with service.database.connection() as connection:
        headings = await kept_imports.find_headings(connection, import_id, importer.name, principal.id)
        if headings is None:
            raise NotFound("There is no such import of this key.")
        shown = [place for place, heading in enumerate(headings) if heading != REASON]
        writer = SheetWriter([*(headings[place] for place in shown), REASON], title="退回 Refused")
        after = 0
        while rows := await kept_imports.refusals_after(connection, import_id, after, ROWS_TOGETHER):
            after = rows[-1][0]
            opened = [service.sealer.open(sealed, purpose=REFUSAL_PURPOSE) for _, sealed in rows]
            await asyncio.to_thread(writer.add, [_line(text, shown) for text in opened])
    return await asyncio.to_thread(writer.finish)


def _line(text: str, shown: Sequence[int]) -> list[Any]:
    """A refused row without the reason of an earlier refusal, if it was sent again with one."""
    document: dict[str, Any] = json.loads(text)
    cells: list[Any] = document["cells"]
    return [*(cells[place] if place < len(cells) else None for place in shown), document["reason"]]


async def template(importer: Importer[Any, Any]) -> IO[bytes]:
    """Return an empty workbook with the ledger's headings, to be filled in."""
    writer = SheetWriter([column.heading for column in importer.columns.columns], title="台账 Ledger")
    return await asyncio.to_thread(writer.finish)


async def forget_imports(database: Database, *, now: datetime) -> bool:
    """Forget workbooks that were sent in more than a week ago; tell whether more is waiting."""
    async with database.transaction() as connection:
        forgotten = await kept_imports.forget(connection, now - KEPT, FORGOTTEN_TOGETHER)
    return forgotten == FORGOTTEN_TOGETHER
