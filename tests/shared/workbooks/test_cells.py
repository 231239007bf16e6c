"""What stands in cells, as Excel keeps it and officials write it."""

from datetime import date, datetime
from typing import Any

import pytest

from shared.workbooks.cells import (
    LOST_DIGITS,
    is_empty,
    read_date,
    read_digits,
    read_instant,
    read_list,
    read_text,
    read_truth,
)


def naive(*parts: int) -> datetime:
    """A moment as Excel has it: without a zone."""
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return datetime(year, month, day, hour, minute)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("500104199001011234", "500104199001011234"),
        (" 50010419900101123X ", "50010419900101123X"),
        ("５００１０４１９９００１０１１２３４", "500104199001011234"),
        ("'13800000000", "13800000000"),
        (13800000000, "13800000000"),
        (13800000000.0, "13800000000"),
        (500104102001.0, "500104102001"),
        ("13800000000.0", "13800000000"),
        (999_999_999_999_999, "999999999999999"),
    ],
)
def test_digits_are_kept_exactly(cell: Any, text: str) -> None:
    assert read_digits(cell) == text


@pytest.mark.parametrize(
    "cell",
    [
        5.00104199001011e17,
        500104199001011000,
        "5.00104E+17",
        "5.00104199001011e+17",
        1_000_000_000_000_000,
        12.5,
        -3,
    ],
)
def test_rounded_numbers_are_refused_with_advice(cell: Any) -> None:
    with pytest.raises(ValueError, match="format the column as text") as refused:
        read_digits(cell)
    assert str(refused.value) == LOST_DIGITS


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        (naive(2021, 2, 1, 18, 30), "2021-02-01T18:30:00+08:00"),
        ("2021-02-01 18:30", "2021-02-01T18:30:00+08:00"),
        ("2021/2/1 9:05:07", "2021-02-01T09:05:07+08:00"),
        ("2021年2月1日 9时30分", "2021-02-01T09:30:00+08:00"),
        ("2021年2月1日9时", "2021-02-01T09:00:00+08:00"),
        ("2021.2.1 23：59", "2021-02-01T23:59:00+08:00"),
        ("2021-02-01T10:30:00Z", "2021-02-01T10:30:00Z"),
    ],
)
def test_moments(cell: Any, instant: str) -> None:
    assert read_instant(cell) == instant


@pytest.mark.parametrize(
    "cell", ["2021-02-01", "2021-02-30 10:00", "昨天", "2021-02-01 25:00", 44228.0, "10:00"]
)
def test_what_is_no_moment(cell: Any) -> None:
    with pytest.raises(ValueError, match=r"such as|exists"):
        read_instant(cell)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (naive(2020, 2, 29), "2020-02-29"),
        (date(2020, 2, 29), "2020-02-29"),
        ("2020年2月29日", "2020-02-29"),
        ("2020/02/29 00:00:00", "2020-02-29"),
    ],
)
def test_days(cell: Any, day: str) -> None:
    assert read_date(cell) == day


@pytest.mark.parametrize("cell", ["2021-2-123", "2021-02-0118:30", "2021-02-01234", "20210201", 44228])
def test_what_is_no_day(cell: Any) -> None:
    """A day with a digit too many is none; it is not another one."""
    with pytest.raises(ValueError, match="no date"):
        read_date(cell)


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", " #NAME? "])
def test_a_formula_that_failed_is_no_text(cell: Any) -> None:
    with pytest.raises(ValueError, match="formula"):
        read_text(cell)


def test_a_text_of_ten_megabytes_is_refused_unread() -> None:
    for text in ("一" * 10_000_000, " " * 10_000_000):
        assert not is_empty(text)
        with pytest.raises(ValueError, match="longer than"):
            read_text(text)


def test_the_29th_of_february_of_a_common_year_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no day that exists"):
        read_date("2021-02-29")


@pytest.mark.parametrize(
    ("cell", "truth"), [("是", True), ("√", True), (True, True), ("无", False), ("NO", False)]
)
def test_yes_and_no(cell: Any, truth: bool) -> None:
    assert read_truth(cell) is truth


@pytest.mark.parametrize("cell", [None, "", "  ", "-", "—", "/", "\u200b"])
def test_nothing_stands_there(cell: Any) -> None:
    assert is_empty(cell)


def test_lists_and_texts() -> None:
    assert read_list("发热、咳嗽，\n乏力; ") == ["发热", "咳嗽", "乏力"]
    assert read_text(7.0) == "7"
    assert read_text("Ａ１　号") == "A1 号"
    with pytest.raises(ValueError, match="longer than"):
        read_text("长" * 10_000_000)
