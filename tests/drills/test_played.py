"""A shortened drill on real services with a fast clock: the platform and the independent model agree."""

import asyncio
from pathlib import Path

import pytest
from rich.console import Console

from drills.places import prepare
from drills.run import run_drill_in_time
from drills.screen import DrillScreen
from dutyclock.services import PROJECT

SHORT = PROJECT / "tests" / "drills" / "short-afternoon.yaml"
SECONDS = 240


@pytest.mark.system
@pytest.mark.timeout(SECONDS)
@pytest.mark.requirement("direct-report")
@pytest.mark.requirement("review")
@pytest.mark.requirement("sentinel-report")
@pytest.mark.requirement("return-registration")
@pytest.mark.requirement("daily-report")
async def test_a_short_afternoon_goes_as_the_law_demands(tmp_path: Path) -> None:
    drill = prepare(SHORT)
    with (tmp_path / "screen.txt").open("w+", encoding="utf-8") as file:
        screen = DrillScreen(Console(file=file, width=180), drill)
        async with asyncio.timeout(SECONDS - 10):
            verdict = await run_drill_in_time(
                drill, tmp_path / "state", screen, lead_seconds=12, durable=False
            )
        screen.show(verdict)
        file.seek(0)
        assert verdict.passed, file.read()
    assert verdict.figures > 80
