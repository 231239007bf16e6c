"""Batches of results as they come and go: good ones are read in one pass, others row by row, with reasons.

The pass for good batches is msgspec's, with what the model of a row demands besides checked for all rows at
once; it takes a tenth of the time that pydantic's takes. It never judges: what it does not take as it
stands goes to pydantic, row by row, which says what is wrong or right with it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from services.testing.rules.results.result import ResultFacts, sample_id
from services.testing.storage.results import NewResult
from services.testing.wire.results import LARGEST_POOL, ResultRow
from shared.batches import ROW_LIMIT, read_rows
from shared.errors import FieldProblem, TooLarge
from shared.instants import EARLIEST, TOO_EARLY
from shared.reasons import told_in_chinese
from shared.strict_json import NDJSON
from shared.verdicts import RowVerdict, Verdict
from shared.vocabulary import Method, Result

ADVICE = (
    f"Send at most {ROW_LIMIT:,} results at a time, or any number as a stream of lines to /v1/results/stream."
)


PoolSize = Annotated[int, Meta(ge=1, le=LARGEST_POOL)]


class _QuickRow(Struct, forbid_unknown_fields=True, gc=False):
    """A row that may be good: the fields of ResultRow, instants and codes not looked at yet."""

    tube_code: str
    institution: str
    division: str
    method: Method
    result: Result
    sampled_at: str
    resulted_at: str
    recorded_at: str | UnsetType | None = UNSET
    person_id: UUID | UnsetType | None = UNSET
    pool_size: PoolSize | UnsetType | None = UNSET


_ARRAY = msgspec.json.Decoder(list[_QuickRow])
_LINES = msgspec.json.Decoder(_QuickRow)
_NEEDED = [f'"{field.name}"'.encode() for field in msgspec.structs.fields(_QuickRow) if field.required]
_OPTIONAL = [f'"{field.name}"'.encode() for field in msgspec.structs.fields(_QuickRow) if not field.required]

_CODES = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}\n)*", re.ASCII)
_DIVISIONS = re.compile(r"(?:[1-9]\d{5}(?:\d{3}(?:\d{3})?)?\n)*", re.ASCII)
_INSTANTS = re.compile(r"(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)\n)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadBatch:
    """A batch of results, each read or refused on its own."""

    results: Sequence[NewResult]
    """Those that could be read, in their order."""
    unread: Mapping[int, tuple[FieldProblem, ...]]
    """What is wrong with those that could not, by their place among all."""

    def __len__(self) -> int:
        """Return how many rows were sent."""
        return len(self.results) + len(self.unread)

    def outcomes(self, verdicts: Sequence[RowVerdict]) -> Iterator[tuple[str, str]]:
        """Return result and verdict of each row, for the figures; not in their order."""
        yield from repeat(("unreadable", Verdict.REFUSED), len(self.unread))
        for result, verdict in zip(self.results, verdicts, strict=True):
            yield result.facts.result, verdict.verdict


def read_results(body: bytes, media: str, *, now: datetime, received_from: str) -> ReadBatch:
    """Return the rows of a body, a JSON array or NDJSON, each read or refused on its own.

    `now` is when a row was recorded that does not say so. Raises MalformedInput for a JSON body that is no
    array, InvalidInput without any row, TooLarge beyond 10,000 rows.
    """
    quick = read_quickly(body, media, now, received_from)
    if quick:
        if len(quick) > ROW_LIMIT:
            raise TooLarge(f"The batch holds {len(quick)} rows. {ADVICE}")
        return ReadBatch(quick, {})
    rows = read_rows(body, media, ResultRow, advice=ADVICE)
    return ReadBatch(
        [
            NewResult(read.row.facts(), read.row.recorded_at or now, received_from)
            for read in rows
            if read.row is not None
        ],
        {read.index: read.problems for read in rows if read.row is None},
    )


def read_quickly(body: bytes, media: str, now: datetime, received_from: str) -> Sequence[NewResult] | None:
    """Return the rows of a body in which nothing is doubtful, or None."""
    if b"\\" in body:
        return None  # an escape may hide a name that stands twice, or a U+0000
    try:
        rows = _LINES.decode_lines(body) if media == NDJSON else _ARRAY.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not _are_sound(rows) or not _names_stand_once(body, rows):
        return None
    try:
        sampled = [_instant(row.sampled_at) for row in rows]
        resulted = [_instant(row.resulted_at) for row in rows]
        recorded = [_instant(row.recorded_at) if row.recorded_at else now for row in rows]
    except (ValueError, OverflowError):
        return None
    return [
        NewResult(
            ResultFacts(
                row.tube_code,
                row.institution,
                row.division,
                row.method,
                row.result,
                sampled_at,
                resulted_at,
                row.person_id or None,
                row.pool_size or None,
                sample_id(row.institution, row.tube_code),
            ),
            recorded_at,
            received_from,
        )
        for row, sampled_at, resulted_at, recorded_at in zip(rows, sampled, resulted, recorded, strict=True)
    ]


def _are_sound(rows: Sequence[_QuickRow]) -> bool:
    """Tell whether codes, divisions and instants are written as they must be."""
    instants = chain(
        [row.sampled_at for row in rows],
        [row.resulted_at for row in rows],
        [row.recorded_at for row in rows if isinstance(row.recorded_at, str)],
    )
    codes = chain([row.tube_code for row in rows], {row.institution for row in rows})
    return (
        _all_match(_CODES, codes)
        and _all_match(_DIVISIONS, {row.division for row in rows})
        and _all_match(_INSTANTS, instants)
    )


def _all_match(pattern: re.Pattern[str], texts: Iterable[str]) -> bool:
    """Tell whether each text matches a pattern of lines; a text with a line break in it matches none."""
    lines = list(texts)
    joined = "\n".join(lines) + "\n" if lines else ""
    return joined.count("\n") == len(lines) and pattern.fullmatch(joined) is not None


def _names_stand_once(body: bytes, rows: Sequence[_QuickRow]) -> bool:
    """Tell whether no row names a field twice: each name stands in the body as often as rows have it.

    Names are found as they are written, since the body holds no escape. A text of a row that is itself such
    a name makes the body doubtful, no more.
    """
    if any(body.count(name) != len(rows) for name in _NEEDED):
        return False
    given = [
        sum(row.recorded_at is not UNSET for row in rows),
        sum(row.person_id is not UNSET for row in rows),
        sum(row.pool_size is not UNSET for row in rows),
    ]
    return all(body.count(name) == count for name, count in zip(_OPTIONAL, given, strict=True))


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text).astimezone(UTC)
    if instant < EARLIEST:
        raise ValueError(TOO_EARLY)
    return instant


class _Problem(Struct, gc=False):
    field: str
    reason: str
    reason_zh: str


class _Receipt(Struct, gc=False):
    """A ResultRowReceipt, field by field, for those that are written by the ten thousand."""

    index: int
    verdict: Verdict
    problems: list[_Problem]
    tube_code: str | None
    sample_id: UUID | None


class _BatchReceipt(Struct):
    stored: int
    duplicate: int
    refused: int
    rows: list[_Receipt]


_ENCODER = msgspec.json.Encoder()
_NONE: list[_Problem] = []


def write_receipt(batch: ReadBatch, verdicts: Sequence[RowVerdict]) -> bytes:
    """Return the receipt of a batch as JSON, as `BatchReceipt[ResultRowReceipt]` describes it.

    `verdicts` are those of the rows that could be read.
    """
    rows = _receipts(batch, verdicts)
    counts = dict.fromkeys(Verdict, 0)
    for row in rows:
        counts[row.verdict] += 1
    stored, duplicate, refused = (
        counts[verdict] for verdict in (Verdict.STORED, Verdict.DUPLICATE, Verdict.REFUSED)
    )
    return _ENCODER.encode(_BatchReceipt(stored, duplicate, refused, rows))


def _receipts(batch: ReadBatch, verdicts: Sequence[RowVerdict]) -> list[_Receipt]:
    judged = iter(zip(batch.results, verdicts, strict=True))
    receipts: list[_Receipt] = []
    for index in range(len(batch)):
        if index in batch.unread:
            receipts.append(_Receipt(index, Verdict.REFUSED, _written(batch.unread[index]), None, None))
            continue
        result, verdict = next(judged)
        problems = _written(verdict.problems) if verdict.problems else _NONE
        receipts.append(_Receipt(index, verdict.verdict, problems, result.facts.tube_code, verdict.id))
    return receipts


def _written(problems: Iterable[FieldProblem]) -> list[_Problem]:
    return [_Problem(problem.field, problem.reason, told_in_chinese(problem)) for problem in problems]


class _Refused(Struct, gc=False, tag_field="kind", tag="refused"):
    """A RefusedLine."""

    line: int
    tube_code: str | None
    problems: list[_Problem]


class _Kept(Struct, tag_field="kind", tag="kept"):
    """A KeptLine."""

    lines: int
    stored: int
    duplicate: int
    refused: int


@dataclass(slots=True)
class StreamTally:
    """What became of the lines of a stream so far."""

    lines: int = 0
    stored: int = 0
    duplicate: int = 0
    refused: int = 0

    def add(self, batch: ReadBatch, verdicts: Sequence[RowVerdict]) -> bytes:
        """Count some more lines, and return what is answered for them."""
        receipts = _receipts(batch, verdicts)
        answers: list[_Refused | _Kept] = [
            _Refused(self.lines + receipt.index, receipt.tube_code, receipt.problems)
            for receipt in receipts
            if receipt.verdict is Verdict.REFUSED
        ]
        self.lines += len(receipts)
        self.refused += len(answers)
        self.stored += sum(receipt.verdict is Verdict.STORED for receipt in receipts)
        self.duplicate = self.lines - self.stored - self.refused
        answers.append(_Kept(self.lines, self.stored, self.duplicate, self.refused))
        return _ENCODER.encode_lines(answers)

    def end(self) -> bytes:
        """Return the last line of a stream that came whole."""
        return _ENCODER.encode_lines([{"kind": "end", "lines": self.lines}])
