"""Why a row is refused is told in Chinese and in English, whatever is wrong with it."""

import re
from typing import Any, cast

import pytest
from pydantic_core._pydantic_core import list_all_errors

from shared.errors import FieldProblem
from shared.reasons import CATALOGUE, UNTOLD, UNTOLD_ZH, Names, in_chinese, told_in_chinese, told_in_english
from shared.verdicts import Problem
from shared.yaml_files import read_yaml
from tests.shared.reasons_in_code import sentences

CHINESE = re.compile(r"[\u4e00-\u9fff]")
PLACE = re.compile(r"\{(\w+)\}")
CONTENTS: dict[str, dict[str, str]] = read_yaml(CATALOGUE)


@pytest.mark.parametrize("kind", list_all_errors(), ids=lambda kind: kind["type"])
def test_each_error_that_pydantic_knows_is_told_in_chinese(kind: Any) -> None:
    context = dict.fromkeys(kind["example_context"] or {}, "7")
    told = in_chinese(FieldProblem("field", kind["message_template_python"], kind["type"], context))
    assert told is not None, "add it to reasons.yaml"
    assert CHINESE.search(told)
    places = set(PLACE.findall(CONTENTS["pydantic"][kind["type"]]))
    assert places <= context.keys(), "pydantic gives no such value"


def test_each_sentence_of_the_code_is_told_in_chinese() -> None:
    found = sentences()
    assert len(found) > 150, "the sentences are still found in the source"
    assert [one for one in found if one.text is None] == [], "write the sentence where it is refused"
    untold = [
        (one.place, one.text)
        for one in found
        if in_chinese(FieldProblem("field", (one.text or "").replace("{}", "x"))) is None
    ]
    assert untold == [], "add them to reasons.yaml"


def test_the_catalogue_is_chinese_and_takes_only_what_the_english_has() -> None:
    for english, chinese in {**CONTENTS["own"], **CONTENTS["pydantic"]}.items():
        assert CHINESE.search(chinese), english
    for english, chinese in CONTENTS["own"].items():
        assert set(PLACE.findall(chinese)) <= set(PLACE.findall(english)), english
    for pattern, english in CONTENTS["patterns"].items():
        assert re.compile(pattern)
        assert english in CONTENTS["own"]


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("is required", "必填"),
        ("unknown division '50'", "行政区划代码未知：'50'"),
        ("lies before arrived_at", "早于“抵达时间”"),
        ("is none of train, flight", "须为以下之一：火车、flight"),
        ("lies before the person's birth", "早于此人出生"),
        ("unknown division 'a\nb'", "行政区划代码未知：'a\nb'"),
    ],
)
def test_values_other_fields_and_words_are_taken_over(reason: str, chinese: str) -> None:
    names = Names(
        lambda field: f"“{ {'arrived_at': '抵达时间'}[field] }”",
        lambda word: {"train": "火车"}.get(word, word),
    )
    assert in_chinese(FieldProblem("field", reason), names) == chinese


def test_words_that_pydantic_lists_are_written_as_officials_do() -> None:
    problem = FieldProblem("kind", "…", "enum", {"expected": "'train', 'sea-ship' or 'car'"})
    written = in_chinese(
        problem, Names(word={"train": "火车", "sea-ship": "轮船", "car": "汽车"}.__getitem__)
    )
    assert written == "须为以下之一：火车、轮船、汽车"


def test_a_reason_without_chinese_says_so_in_both_languages() -> None:
    problem = FieldProblem("field", "is purple", "colour_error", {"colour": "purple"})
    assert in_chinese(problem) is None
    assert told_in_chinese(problem) == UNTOLD_ZH
    assert told_in_english(problem) == f"{UNTOLD}: is purple"
    assert Problem.of(problem).reason_zh == UNTOLD_ZH


def test_two_reports_of_one_problem_are_the_same() -> None:
    """Where it was found does not tell two problems apart."""
    found = FieldProblem("field", "is required", "missing", cast("Any", {"n": 1}))
    assert found == FieldProblem("field", "is required")
    assert len({found, FieldProblem("field", "is required")}) == 1
