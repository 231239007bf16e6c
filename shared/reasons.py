"""Why a field was refused, in Chinese: officials read it beside the row that came back to them.

A reason is written in English where it is found, by a rule or by pydantic, and the catalogue gives the same
sentence in Chinese: ours by the English text, as gettext does, pydantic's by the type of the error. So a rule
stays one readable sentence, and what has no Chinese yet is found by a test.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from shared.errors import FieldProblem
from shared.yaml_files import read_yaml

CATALOGUE = Path(__file__).parent / "messages" / "reasons.yaml"

UNTOLD_ZH = "此项未通过校验，原因暂无中文说明"
UNTOLD = "is refused, for a reason that has no Chinese yet"
"""What stands before a reason that the catalogue does not hold, in both languages."""

_PLACE = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"'?([a-zA-Z0-9][\w-]*)'?", re.ASCII)
_BETWEEN = re.compile(r"\s*(?:,| or | and )\s*")

Naming = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Names:
    """How a reason calls other fields and the words of the wire; both stay as they are unless told."""

    field: Naming = str
    word: Naming = str


AS_SENT = Names()


@dataclass(frozen=True, slots=True)
class _Shape:
    """An English sentence with places in it, and the Chinese one."""

    english: re.Pattern[str]
    chinese: str


@cache
def pydantic_reasons() -> Mapping[str, str]:
    """Return the Chinese of pydantic's errors by their type."""
    return cast("Mapping[str, str]", read_yaml(CATALOGUE)["pydantic"])


def pattern_in_words(pattern: str) -> str | None:
    """Return what a pattern demands, in English words that the catalogue has in Chinese; None if unknown."""
    return _patterns().get(pattern)


@cache
def _patterns() -> Mapping[str, str]:
    return cast("Mapping[str, str]", read_yaml(CATALOGUE)["patterns"])


@cache
def _own() -> tuple[Mapping[str, str], Mapping[str, Sequence[_Shape]]]:
    """Return our own sentences: those without places as they stand, the others by their first word."""
    whole: dict[str, str] = {}
    shaped: dict[str, list[_Shape]] = {}
    sentences: Mapping[str, str] = read_yaml(CATALOGUE)["own"]
    for english in sorted(sentences, key=lambda text: len(_PLACE.sub("", text)), reverse=True):
        if not _PLACE.search(english):
            whole[english] = sentences[english]
            continue
        parts = _PLACE.split(english)
        pattern = "".join(
            f"(?P<{part}>.*?)" if position % 2 else re.escape(part) for position, part in enumerate(parts)
        )
        first = "" if english.startswith("{") else english.split(" ", 1)[0]
        shaped.setdefault(first, []).append(_Shape(re.compile(pattern, re.DOTALL), sentences[english]))
    return whole, shaped


@lru_cache(maxsize=4096)
def _found(reason: str) -> tuple[str, Mapping[str, str]] | None:
    whole, shaped = _own()
    if reason in whole:
        return whole[reason], {}
    for shape in (*shaped.get(reason.split(" ", 1)[0], ()), *shaped.get("", ())):
        if found := shape.english.fullmatch(reason):
            return shape.chinese, found.groupdict()
    return None


def in_chinese(problem: FieldProblem, names: Names = AS_SENT) -> str | None:
    """Return a reason in Chinese; None when the catalogue does not hold it."""
    found = _found(problem.reason)
    if found is not None:
        return _filled(*found, names)
    sentence = pydantic_reasons().get(problem.type)
    return None if sentence is None else _filled(sentence, problem.context, names)


def sentence_in_chinese(sentence: str) -> str:
    """Return a sentence of ours that stands by itself, beside no field, in Chinese."""
    return told_in_chinese(FieldProblem("", sentence))


def told_in_chinese(problem: FieldProblem, names: Names = AS_SENT) -> str:
    """Return a reason in Chinese, or that there is no Chinese for it."""
    return in_chinese(problem, names) or UNTOLD_ZH


def told_in_english(problem: FieldProblem) -> str:
    """Return a reason in English, which says so when there is no Chinese beside it."""
    return problem.reason if in_chinese(problem) else f"{UNTOLD}: {problem.reason}"


def _filled(sentence: str, values: Mapping[str, Any], names: Names) -> str:
    """The sentence with its values: `{field}` names another field, `{words}` and `{expected}` list words."""

    def value_of(place: re.Match[str]) -> str:
        name, value = place[1], str(values.get(place[1], ""))
        if name == "field":
            return names.field(value)
        if name in ("word", "words", "expected", "expected_tags"):
            return "、".join(
                _WORD.sub(lambda one: names.word(one[1]), part) for part in _BETWEEN.split(value)
            )
        return value

    return _PLACE.sub(value_of, sentence)
