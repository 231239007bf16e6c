"""Two drills beside each other: ratios of the same facts, and a refusal for others."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from drills.load.comparing import NotComparable, compare
from drills.load.outcome import Quantiles, write_outcome
from dutyclock.commands.drill import app
from tests.drills.report.outcomes import an_outcome

SLOWER: dict[str, Any] = {
    "url": "https://proxy:8443",
    "rows_per_second": 24.1,
    "latency": {"POST /v1/results": Quantiles(count=75, p50=0.042, p99=0.6)},
    "firing": Quantiles(count=1400, p50=0.12, p99=0.9, max=2.1),
}


def test_every_figure_has_its_ratio() -> None:
    found = {one.name: one for one in compare(an_outcome(), an_outcome(**SLOWER))}
    assert found["每秒行数 rows per second"].ratio == pytest.approx(0.5)
    assert found["POST /v1/results p50（秒） POST /v1/results p50, s"].ratio == pytest.approx(2)
    assert found["提醒迟延 p50（秒） lateness of pages p50, s"].ratio == pytest.approx(2)
    batch = found["POST /v1/results/batch p99（秒） POST /v1/results/batch p99, s"]
    assert (batch.first, batch.second, batch.ratio) == (0.9, None, None)


def test_nothing_is_divided_by_zero() -> None:
    still = an_outcome(rows_per_second=0.0)
    assert compare(still, an_outcome())[0].ratio is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"scenario": "feed-storm"}, "scenario"),
        ({"seed": 8}, "seed"),
        ({"share": 0.5}, "share taking part"),
        ({"speed": 9.0}, "times as fast as life"),
    ],
)
def test_drills_of_other_facts_are_not_compared(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(NotComparable, match=f"differ in {word}"):
        compare(an_outcome(), an_outcome(**changes))


def test_the_command_prints_the_ratios_or_says_why_not(tmp_path: Path) -> None:
    one = write_outcome(an_outcome(), tmp_path / "up")
    other = write_outcome(an_outcome(**SLOWER), tmp_path / "containers")
    done = CliRunner().invoke(app, ["compare", str(one), str(other)])
    assert done.exit_code == 0, done.output
    assert "0.50×" in done.output
    assert "2.00×" in done.output
    strange = write_outcome(an_outcome(seed=8), tmp_path / "strange")
    refused = CliRunner().invoke(app, ["compare", str(one), str(strange)])
    assert refused.exit_code == 1
    assert "The two drills differ in seed (7 and 8)" in refused.output
