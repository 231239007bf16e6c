"""The rules of results, on both sides of each limit."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from services.testing.rules.results.correction import Consequence, Correction, consequence_of
from services.testing.rules.results.result import (
    Registers,
    ResultFacts,
    Verdict,
    judge_repetition,
    problems_of,
    sample_id,
)
from shared.errors import Conflict
from shared.vocabulary import Method, Result

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
REGISTERS = Registers({"500104102001"}, {"500104-cdc"})
FACTS = ResultFacts(
    tube_code="T-1",
    institution="500104-cdc",
    division="500104102001",
    method=Method.PCR,
    result=Result.POSITIVE,
    sampled_at=NOW - timedelta(hours=6),
    resulted_at=NOW - timedelta(minutes=1),
)
P, N, I = Result.POSITIVE, Result.NEGATIVE, Result.INCONCLUSIVE  # noqa: E741


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"resulted_at": FACTS.sampled_at}, []),
        ({"resulted_at": FACTS.sampled_at - timedelta(microseconds=1)}, ["resulted_at"]),
        ({"sampled_at": FACTS.resulted_at - timedelta(days=180)}, []),
        ({"sampled_at": FACTS.resulted_at - timedelta(days=180, microseconds=1)}, ["sampled_at"]),
        ({"sampled_at": FACTS.sampled_at.replace(year=2020)}, ["sampled_at"]),
        ({"resulted_at": NOW + timedelta(minutes=5)}, []),
        ({"resulted_at": NOW + timedelta(minutes=5, microseconds=1)}, ["resulted_at"]),
        ({"division": "500104102999"}, ["division"]),
        ({"institution": "elsewhere"}, ["institution"]),
        ({"division": "500999", "institution": "elsewhere"}, ["division", "institution"]),
    ],
)
def test_a_row_is_refused_field_by_field(change: dict[str, object], fields: list[str]) -> None:
    facts = replace(FACTS, **change)
    assert [problem.field for problem in problems_of(facts, NOW, NOW, REGISTERS)] == fields


@pytest.mark.parametrize(("ahead", "fields"), [(0, []), (1, ["recorded_at"])])
def test_a_row_was_entered_at_most_five_minutes_ahead(ahead: int, fields: list[str]) -> None:
    recorded_at = NOW + timedelta(minutes=5, microseconds=ahead)
    assert [problem.field for problem in problems_of(FACTS, recorded_at, NOW, REGISTERS)] == fields


def test_the_same_row_again_is_a_duplicate_and_another_result_a_contradiction() -> None:
    assert judge_repetition(FACTS, replace(FACTS)) is Verdict.DUPLICATE
    assert judge_repetition(replace(FACTS, result=Result.NEGATIVE), FACTS) is Verdict.REFUSED


def test_a_tube_code_names_a_sample_within_its_institution() -> None:
    assert sample_id("a", "T-1") == sample_id("a", "T-1")
    assert sample_id("a", "T-1") != sample_id("b", "T-1")
    assert sample_id("a", "bT") != sample_id("ab", "T")


@pytest.mark.parametrize(
    ("history", "found", "consequence"),
    [
        ([P], N, Consequence.WITHDRAWN),
        ([P], I, Consequence.WITHDRAWN),
        ([N], P, Consequence.FOUND_POSITIVE),
        ([I], P, Consequence.FOUND_POSITIVE),
        ([I, N], P, Consequence.FOUND_POSITIVE),
        ([N], I, Consequence.FOUND_INCONCLUSIVE),
        ([I], N, Consequence.FOUND_NEGATIVE),
        ([P, N], I, Consequence.FOUND_INCONCLUSIVE),
        ([P, I], N, Consequence.FOUND_NEGATIVE),
        ([P], P, None),
        ([N], N, None),
        ([P, N], P, None),
        ([N, P, N], P, None),
    ],
)
def test_what_a_correction_tells_the_others(
    history: list[Result], found: Result, consequence: Consequence | None
) -> None:
    correction = Correction(found, "retest")
    if consequence is None:
        with pytest.raises(Conflict):
            consequence_of(history, correction)
    else:
        assert consequence_of(history, correction) is consequence
