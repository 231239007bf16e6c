"""Whatever is wrong with a pack is named with file, line, path and reason, all of it at once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.policy import PolicyError, load_pack
from shared.policy.problems import Problem, known_codes
from tests.policy.broken_clocks import BROKEN_CLOCKS
from tests.policy.broken_measures import BROKEN_MEASURES
from tests.policy.packs import (
    CAMPAIGNS,
    CLOCKS,
    DEMANDS,
    LADDERS,
    MEASURES,
    PACK_FILE,
    TESTING,
    copy_pack,
    problems,
    replace,
)

BROKEN = [*BROKEN_CLOCKS, *BROKEN_MEASURES]


@pytest.mark.parametrize(("file", "old", "new", "path", "code"), BROKEN)
def test_a_broken_pack_names_the_place_and_the_reason(
    tmp_path: Path, file: str, old: str, new: str, path: str, code: str
) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, file, old, new)
    found = problems(pack)
    named = [problem for problem in found if (problem.path, problem.code) == (path, code)]
    assert named, [(problem.file, problem.path, problem.code) for problem in found]
    (problem,) = named
    elsewhere = {
        "warns_nobody": CLOCKS,
        "figure_disagrees": file if file in (TESTING, CAMPAIGNS) else MEASURES,
    }
    assert problem.file == elsewhere.get(code, file)
    assert problem.reason
    assert problem.reason_zh
    if code not in ("too_deep", "yaml_syntax"):
        assert problem.line is not None


def test_a_ladder_without_rungs_has_no_end(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    text = (pack / LADDERS).read_text(encoding="utf-8")
    first = text.index("    rungs:\n")
    end = text.index("    occasions:\n")
    (pack / LADDERS).write_text(text[:first] + "    rungs: []\n" + text[end:], encoding="utf-8")
    (problem,) = problems(pack)
    assert (problem.path, problem.code) == ("ladders[0].rungs", "ladder_no_rungs")


def test_a_limit_of_our_own_needs_a_reason(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(
        pack,
        DEMANDS,
        "    limit: {within: PT2H}\n    decided:\n      zh: 所见",
        "    decided:\n      zh: 所见",
    )
    (problem,) = problems(pack)
    assert (problem.path, problem.code) == ("clocks[2]", "limit_without_source")


def test_days_of_our_own_need_a_reason(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    text = (pack / MEASURES).read_text(encoding="utf-8")
    first = text.index("    decided:\n      zh: 文件除登记外")
    (pack / MEASURES).write_text(text[:first], encoding="utf-8")
    (problem,) = problems(pack)
    assert (problem.path, problem.code) == ("measures[12]", "measure_without_source")


def test_the_line_is_the_one_that_must_be_mended(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, CLOCKS, "ladder: twelve-hours", "ladder: rope")
    (problem,) = problems(pack)
    assert problem.line is not None
    lines = (pack / CLOCKS).read_text(encoding="utf-8").splitlines()
    assert lines[problem.line - 1].strip() == "ladder: rope"
    assert problem.place == f"clocks.yaml:{problem.line}"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, PACK_FILE, "version: 2", "version: none")
    replace(pack, CLOCKS, "within: PT2H", "within: PT0S")
    replace(pack, CLOCKS, "event: reporting.case-reviewed", "event: reporting.case-seen")
    replace(pack, LADDERS, "    repeat_every: PT10M\n", "")
    found = {(problem.file, problem.path, problem.code) for problem in problems(pack)}
    assert found >= {
        (PACK_FILE, "version", "not_number"),
        (CLOCKS, "clocks[0].within", "duration_not_positive"),
        (CLOCKS, "clocks[1].stop[0].event", "unknown_event"),
        (LADDERS, "ladders[0].repeat_every", "ladder_no_repeat"),
    }


def test_a_file_that_cannot_be_read_gives_one_problem_and_no_echoes(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / DEMANDS).unlink()
    (problem,) = problems(pack)
    assert (problem.file, problem.code) == (DEMANDS, "no_file")


SPOILERS: list[tuple[str, Callable[[Path], object]]] = [
    ("not_utf8", lambda file: file.write_bytes("clocks:\n  - id: 直报".encode("gbk"))),
    ("empty_file", lambda file: file.write_text("# nothing\n", encoding="utf-8")),
    ("too_large", lambda file: file.write_bytes(b"#" * 1_000_001)),
    ("not_mapping", lambda file: file.write_text("- a\n- b\n", encoding="utf-8")),
    ("yaml_syntax", lambda file: file.write_bytes(b"clocks: \x00")),
    ("missing", lambda file: file.write_text("clocks:\n", encoding="utf-8")),
    ("not_list", lambda file: file.write_text("clocks: 3\n", encoding="utf-8")),
]


@pytest.mark.parametrize(("code", "spoil"), SPOILERS)
def test_a_spoiled_file_says_so(tmp_path: Path, code: str, spoil: Callable[[Path], object]) -> None:
    pack = copy_pack(tmp_path)
    spoil(pack / CLOCKS)
    assert (CLOCKS, code) in {(problem.file, problem.code) for problem in problems(pack)}


def test_a_folder_in_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / CLOCKS).unlink()
    (pack / CLOCKS).mkdir()
    (problem,) = problems(pack)
    assert (problem.file, problem.code) == (CLOCKS, "unreadable_file")


def test_a_byte_order_mark_is_no_problem(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / CLOCKS).write_bytes(b"\xef\xbb\xbf" + (pack / CLOCKS).read_bytes())
    assert problems(pack) == []


def test_a_file_that_would_be_ignored_is_refused(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / "clock.yaml").write_text("clocks: []\n", encoding="utf-8")
    (problem,) = problems(pack)
    assert (problem.file, problem.code) == ("clock.yaml", "stray_file")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load_pack(tmp_path / "nowhere")
    assert caught.value.found[0].code == "no_folder"
    assert "nowhere" in caught.value.detail


def test_the_error_says_the_first_problem_and_counts_the_rest(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, CLOCKS, "[0.5, 0.75]", "[0, 1]")
    with pytest.raises(PolicyError) as caught:
        load_pack(pack)
    assert "clocks[0].warn_at_shares[0]" in caught.value.detail
    assert "(and 1 more)" in caught.value.detail
    assert [problem.field.split()[1] for problem in caught.value.problems] == [
        "clocks[0].warn_at_shares[0]",
        "clocks[0].warn_at_shares[1]",
    ]


def test_every_reason_of_the_catalogue_can_happen() -> None:
    tested = {code for *_, code in BROKEN} | {code for code, _ in SPOILERS}
    tested |= {
        "measure_without_source",
        "ladder_no_rungs",
        "limit_without_source",
        "no_file",
        "no_folder",
        "stray_file",
        "unreadable_file",
    }
    versions = {"changed_without_version", "version_not_recorded", "version_went_back"}
    assert known_codes() - tested - versions == {"refused"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_pack_with_a_line_spoiled_at_random_loads_or_names_its_problems(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    pack = copy_pack(tmp_path_factory.mktemp("pack"))
    file = pack / data.draw(st.sampled_from([PACK_FILE, DEMANDS, CLOCKS, LADDERS, MEASURES]))
    lines = file.read_text(encoding="utf-8").splitlines()
    position = data.draw(st.integers(0, len(lines) - 1))
    junk = data.draw(
        st.sampled_from(["", "x", "- 1", "  a: b", "key: [", "? :", "\t", "a: !!set {b}", "null"])
    )
    head = lines[position].split(":")[0]
    lines[position] = data.draw(st.sampled_from([junk, f"{head}: {junk}", f"{lines[position]} {junk}"]))
    file.write_text("\n".join(lines), encoding="utf-8")
    for problem in problems(pack):
        assert isinstance(problem, Problem)
        assert problem.reason
        assert problem.reason_zh
        assert problem.line is None or 1 <= problem.line <= 2000
