"""`dutyclock policy`: what a person sees, and the exit status that a script sees."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dutyclock.commands.policy import app
from shared.policy import load_pack
from shared.policy.schemas import schemas
from tests.policy.packs import PACK, copy_pack, replace


def run(*arguments: str | Path, width: int = 80) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(one) for one in arguments], env={"COLUMNS": str(width)})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_check_says_that_the_pack_holds() -> None:
    status, told, complaints = run("check")
    assert (status, complaints) == (0, "")
    pack = load_pack(PACK)
    assert f"政策包 {pack.id} 第 {pack.version} 版有效：{len(pack.clocks)} 个时钟" in told
    assert f"{len(pack.clocks)} clocks, {len(pack.ladders)} ladders, 44 requirements" in told


def test_check_lists_every_problem_with_file_line_path_and_both_reasons(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    replace(pack, "clocks.yaml", "within: PT2H", "within: PT0S")
    replace(pack, "escalation.yaml", "    repeat_every: PT10M\n", "")
    status, told, complaints = run("check", pack)
    assert (status, told) == (1, "")
    lines = (pack / "clocks.yaml").read_text(encoding="utf-8").splitlines()
    assert f"{pack}/clocks.yaml:{lines.index('    within: PT0S') + 1}  clocks[0].within" in complaints
    assert "共 2 处问题" in complaints
    assert "时长 “PT0S” 必须大于零" in complaints
    assert 'the duration "PT0S" must be longer than zero' in complaints
    assert "ladders[0].repeat_every" in complaints


def test_check_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    status, _, complaints = run("check", tmp_path / "nowhere")
    assert status == 1
    assert "there is no such folder" in complaints


def test_check_holds_the_pack_to_its_recorded_version(tmp_path: Path) -> None:
    pack = copy_pack(tmp_path)
    (pack / "versions.yaml").unlink(missing_ok=True)
    assert run("lock", pack)[0] == 0
    replace(pack, "escalation.yaml", "wait: PT5M", "wait: PT6M")
    status, _, complaints = run("check", pack)
    assert status == 1
    assert "the version is still 2" in complaints
    assert run("lock", pack)[0] == 1
    assert run("lock", pack, "--replace")[0] == 0
    assert run("check", pack)[0] == 0


@pytest.mark.parametrize(("width", "shown"), [(80, False), (140, True)])
def test_show_lists_the_clocks_and_drops_the_owner_where_the_screen_is_narrow(
    width: int, shown: bool
) -> None:
    status, told, _ = run("show", PACK, width=width)
    assert status == 0
    for rule in ("direct-report", "return-registration", "quarantine-transfer", "daily-report"):
        assert rule in told
    assert ("责任方" in told) is shown


def test_show_of_one_rule_gives_its_clause_limit_and_ladder() -> None:
    status, told, _ = run("show", "--rule", "direct-report", width=120)
    assert status == 0
    for expected in ("渝肺炎组发〔2021〕1号 §20", "2 小时", "within 2 h", "疫情报告员", "from rung 2"):
        assert expected in told


def test_show_of_an_unknown_rule_names_those_that_there_are() -> None:
    status, _, complaints = run("show", "--rule", "nope")
    assert status == 1
    assert "direct-report, review" in complaints


def test_schema_writes_and_checks(tmp_path: Path) -> None:
    assert run("schema", "--check", tmp_path)[0] == 1
    assert run("schema", tmp_path)[0] == 0
    assert run("schema", "--check", tmp_path)[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == set(schemas())
