"""Workbooks in and out, and what is no workbook at all."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from shared.errors import DutyclockError, TooLarge
from shared.workbooks.columns import Ledger, UnknownHeadings
from shared.workbooks.reading import MOST_ROWS, Sheet, UnreadableWorkbook
from shared.workbooks.writing import SheetWriter, pieces_of

LEDGER = Ledger.load(Path(__file__).with_name("ledgers.yaml"), "guests")


HEADINGS = "序号 姓　名 身份证号码（必填） 手机号* 返乡时间 交通方式 症状 是否农民工 采样时间 核酸结果"
EIGHT = datetime(2021, 2, 1, 8)  # noqa: DTZ001  # as Excel has it: without a zone
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
FORMULAS = ['=HYPERLINK("http://x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]


def a_book(*rows: Sequence[Any]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def a_package(**parts: bytes) -> bytes:
    """A sound small workbook with some of its parts replaced."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(a_book(["姓名", "电话"], ["王", "1"]))) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, parts.pop(name.rpartition("/")[2].partition(".")[0], old.read(name)))
        for name, data in parts.items():
            new.writestr(f"xl/{name}.xml", data)
    return file.getvalue()


def test_a_row_becomes_a_body() -> None:
    sheet = Sheet(
        a_book(
            ["建胜镇返乡人员台账"],
            HEADINGS.split(" "),
            [1, "王小明", "500104199001011234", 13800000000, EIGHT, "高铁", "发烧、咳嗽", "是",
             "2021-01-30 10:00", "阴性"],
            [None] * 10,
            [2, "李", 5.00104e17, "-", "2021-02-01", "牛车"],
        ),
        LEDGER,
    )  # fmt: skip
    assert sheet.heads.unknown == ("序号",)
    first, second = list(sheet)
    assert LEDGER.body_of(first.cells, sheet.heads) == (
        {
            "name": "王小明",
            "identity": {"number": "500104199001011234"},
            "telephone": "13800000000",
            "arrived_at": "2021-02-01T08:00:00+08:00",
            "transport": "train",
            "symptoms": ["fever", "cough"],
            "worker": True,
            "proofs": [{"sampled_at": "2021-01-30T10:00:00+08:00", "result": "negative"}],
        },
        [],
    )
    body, problems = LEDGER.body_of(second.cells, sheet.heads)
    assert body == {"name": "李", "transport": "牛车"}  # the wire refuses the ox cart, in its own words
    assert [problem.field for problem in problems] == ["identity.number", "arrived_at"]
    assert (first.number, second.number) == (3, 5)


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", UnreadableWorkbook),
        (b"PK\x03\x04 and no more", UnreadableWorkbook),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), UnreadableWorkbook),
        (a_package(workbook=b"<no"), UnreadableWorkbook),
        (a_package(sheet1=b"<worksheet"), UnreadableWorkbook),
        (
            a_package(
                workbook=b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
            ),
            UnreadableWorkbook,
        ),
        (a_package(sharedStrings=b"<sst/>" + b" " * 70_000_000), TooLarge),
        (a_book(["甲", "乙"], ["1", "2"]), UnknownHeadings),
        (a_book(["姓名"]), UnknownHeadings),
        (a_book(), UnknownHeadings),
    ],
    # a package holds the time at which it was made: the bytes are no name that two workers would agree on
    ids=(
        *("nothing", "cut", "the form before 2007", "a broken workbook", "a broken sheet", "entities"),
        *("70 MB of texts", "other headings", "a heading alone", "an empty sheet"),
    ),
)
def test_what_is_no_ledger_is_refused_with_a_reason(data: bytes, refusal: type[DutyclockError]) -> None:
    with pytest.raises(refusal):
        list(Sheet(data, LEDGER))


def test_every_truncation_of_a_workbook_is_refused_or_read() -> None:
    whole = a_book(["姓名", "电话"], *(["王", str(number)] for number in range(50)))
    for end in range(0, len(whole), 97):
        with pytest.raises(UnreadableWorkbook):
            list(Sheet(whole[:end], LEDGER))


def test_a_cell_far_away_costs_nothing() -> None:
    far = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>\xe5\xa7\x93\xe5\x90\x8d</t></is></c>'
        b'<c r="B1" t="inlineStr"><is><t>\xe7\x94\xb5\xe8\xaf\x9d</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
    )
    assert list(Sheet(a_package(sheet1=far), LEDGER)) == []


def test_more_rows_than_one_sheet_may_hold() -> None:
    rows = (["王", str(number)] for number in range(MOST_ROWS + 1))
    sheet = Sheet(a_book(["姓名", "电话"], *rows), LEDGER)
    with pytest.raises(TooLarge):
        for _ in sheet.chunks(1000):
            pass


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+1", "-1+2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
)
def test_formulas_are_written_as_text(text: str) -> None:
    writer = SheetWriter(["姓名 Name"], title="台账")
    writer.add([[text]])
    data = b"".join(pieces_of(writer.finish()))
    book = openpyxl.load_workbook(io.BytesIO(data))
    cell = book.worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.quotePrefix
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_what_one_sheet_cannot_hold_stands_on_further_ones() -> None:
    """Excel drops rows behind its last one without a word; a list of a municipality is longer."""
    writer = SheetWriter(["编号"], title="一" * 40, rows_a_sheet=3)
    writer.add([[number] for number in range(5)])
    writer.add([[number] for number in range(5, 7)])
    book = openpyxl.load_workbook(io.BytesIO(b"".join(pieces_of(writer.finish()))))
    sheets = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
    assert sheets == [["编号", 0, 1, 2], ["编号", 3, 4, 5], ["编号", 6]]
    assert [len(sheet.title) for sheet in book.worksheets] == [31, 31, 31]


def test_a_heading_of_a_megabyte_is_an_unknown_heading() -> None:
    heads = LEDGER.headings_in(["姓名", "电话", "一" * 1_000_000])
    assert heads is not None
    assert [len(heading) for heading in heads.unknown] == [200]


def test_what_was_written_is_read_again() -> None:
    writer = SheetWriter([column.heading for column in LEDGER.columns[:5]], title="台账")
    arrived = datetime(2021, 2, 1, 10, 30, tzinfo=UTC)
    writer.add(
        [["王", "500104199001011234", "13800000000", arrived, date(1990, 1, 1)], [None, "x", "", None, None]]
    )
    sheet = Sheet(b"".join(pieces_of(writer.finish())), LEDGER)
    bodies = [LEDGER.body_of(row.cells, sheet.heads) for row in sheet]
    assert bodies == [
        (
            {
                "name": "王",
                "identity": {"number": "500104199001011234"},
                "telephone": "13800000000",
                "arrived_at": "2021-02-01T18:30:00+08:00",
                "born_on": "1990-01-01",
            },
            [],
        ),
        ({"identity": {"number": "x"}}, []),
    ]
