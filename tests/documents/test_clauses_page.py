"""docs/clauses.md: which test holds which requirement is read from the markers, and every marker is known."""

from pathlib import Path

import pytest

from dutyclock.documents.citations import Citation, read_citations
from dutyclock.documents.clauses import TESTS, status_of, write_page, wrong_citations
from shared.policy import Pack, load_pack
from shared.settings import PROJECT
from tests.policy.packs import PACK

EXAMPLE = """
import pytest
pytestmark = [pytest.mark.system, pytest.mark.requirement("review")]

@pytest.mark.requirement("direct-report", "daily-report")
def test_one(): ...

class TestTwo:
    @pytest.mark.requirement("direct-report")
    async def test_inside(self): ...

@pytest.mark.requirement(NAME)
def test_computed(): ...

@pytest.mark.requirement("no-such-thing")
def test_unknown(): ...
"""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(PACK)


@pytest.fixture
def citations(tmp_path: Path) -> list[Citation]:
    (tmp_path / "test_example.py").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "helpers.py").write_text(EXAMPLE, encoding="utf-8")
    return read_citations(tmp_path)


def test_markers_are_read_from_functions_classes_and_modules(citations: list[Citation]) -> None:
    assert {(one.requirement, one.test) for one in citations} == {
        ("review", "test_example"),
        ("direct-report", "test_one"),
        ("daily-report", "test_one"),
        ("direct-report", "test_inside"),
        (None, "test_computed"),
        ("no-such-thing", "test_unknown"),
    }


def test_unknown_and_unreadable_markers_are_told(
    pack: Pack, citations: list[Citation], tmp_path: Path
) -> None:
    told = sorted(text.en for text in wrong_citations(pack, citations, tmp_path))
    assert [one.split(": ")[1] for one in told] == [
        "the requirement marker takes one or more literal texts",
        'there is no requirement "no-such-thing"',
    ]


def test_a_requirement_is_in_force_only_where_a_test_holds_it(pack: Pack, citations: list[Citation]) -> None:
    held = [one for one in citations if one.requirement == "direct-report"]
    assert status_of(pack.requirement("direct-report"), pack, held) == "in_force"
    assert status_of(pack.requirement("direct-report"), pack, []) == "untested"
    assert status_of(pack.requirement("gatherings"), pack, []) == "later"


def test_the_page_shows_clause_rule_service_tests_and_status(
    pack: Pack, citations: list[Citation], tmp_path: Path
) -> None:
    page = write_page(pack, citations, tmp_path)
    (row,) = [line for line in page.splitlines() if line.startswith("| [`direct-report`]")]
    for expected in ("渝肺炎组发〔2021〕1号 §20", "`direct-report`", "reporting", "(2)", "已实施 in force"):
        assert expected in row
    for requirement in pack.requirements:
        assert f"### {requirement.id}\n" in page


def test_every_marker_of_our_own_tests_names_a_requirement(pack: Pack) -> None:
    assert wrong_citations(pack, read_citations(TESTS), PROJECT) == []
