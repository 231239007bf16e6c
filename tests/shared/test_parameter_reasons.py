"""What msgspec says of a parameter is told in our words, in both languages and without the value."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from shared.divisions import CODE_PATTERN
from shared.errors import FieldProblem
from shared.parameter_reasons import UNREADABLE, parameter_reason
from shared.reasons import in_chinese

VALUE = "张伟13812345678"


class Colour(StrEnum):
    """Words for a test."""

    RED = "red"
    GREEN = "green"


SAID: list[tuple[Any, str, str]] = [
    (int | None, VALUE, "须为整数"),
    (int, "", "须为整数"),
    (Annotated[int, Meta(ge=1)], "0", "不能小于 1"),
    (Annotated[int, Meta(le=500)], "501", "不能大于 500"),
    (float, VALUE, "须为数字"),
    (bool | None, VALUE, "须为 true 或 false"),
    (date | None, VALUE, "不是日期，请写成 2021-02-01 这样"),
    (date, "2021-02-30", "不是日期，请写成 2021-02-01 这样"),
    (datetime, VALUE, "时间须写成 2021-11-05T08:30:00+08:00 这样（RFC 3339）"),
    (UUID | None, VALUE, "不是有效的编号（UUID）"),
    (Colour | None, VALUE, "须为以下之一：red、green"),
    (Literal["red", "green"] | None, VALUE, "须为以下之一：red、green"),
    (Annotated[str, Meta(max_length=5)], VALUE, "超过 5 个字符"),
    (Annotated[str, Meta(min_length=1)], "", "少于 1 个字符"),
    (Annotated[str, Meta(pattern=CODE_PATTERN)], VALUE, "请填 6、9 或 12 位行政区划代码"),
    (Annotated[str, Meta(pattern=r"^\d$")], VALUE, "参数的值不符合要求"),
    (list[int], VALUE, "参数的值不符合要求"),
]


@pytest.mark.parametrize(("annotation", "value", "chinese"), SAID)
def test_each_refusal_of_msgspec_is_told_in_both_languages(annotation: Any, value: str, chinese: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.convert(value, annotation, strict=False)
    reason = parameter_reason(str(refused.value), annotation)
    assert in_chinese(FieldProblem("parameter", reason)) == chinese
    assert "`" not in reason
    assert VALUE not in reason
    assert not re.search(r"[\u4e00-\u9fff]", reason)


def test_a_sentence_that_nobody_foresaw_is_told_too_and_repeats_nothing() -> None:
    assert parameter_reason(f"Something new about {VALUE}", str) == UNREADABLE
    assert in_chinese(FieldProblem("parameter", UNREADABLE))
