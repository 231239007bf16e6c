"""A small share of a town tests everybody on real services with a fast clock, every figure compared."""

import asyncio
from pathlib import Path

import pytest

from drills.reading import ScenarioError
from drills.run import NotReadyInTime
from drills.whole.scenario import WholeMunicipality, WholeTown, is_whole, read_whole
from drills.whole.town import TownPlay, play_town
from dutyclock.services import PROJECT
from dutyclock.supervisor.platform import Progress
from dutyclock.terminal import Sentence

SMALL = PROJECT / "tests" / "drills" / "small-town.yaml"
SECONDS = 290


class _Silent:
    @property
    def progress(self) -> Progress:
        return self

    def begun(self, step: str) -> None: ...

    def done(self, step: str) -> None: ...

    def tell(self, sentence: Sentence) -> None: ...


@pytest.mark.system
@pytest.mark.timeout(SECONDS)
@pytest.mark.requirement("mass-testing-capacity")
async def test_a_town_tests_everybody_and_every_figure_is_right(tmp_path: Path) -> None:
    town = read_whole(SMALL)
    assert isinstance(town, WholeTown)
    async with asyncio.timeout(SECONDS - 10):
        try:
            play = await play_town(town, tmp_path / "state", _Silent(), share=1.0, lead_seconds=20)
        except NotReadyInTime:  # a busy machine: its clock gets a longer run-up
            play = await play_town(town, tmp_path / "state", _Silent(), share=1.0, lead_seconds=80)
    assert play.passed, play.wrong
    assert sum(play.compared.values()) > 200


def test_a_figure_that_differs_fails_the_drill() -> None:
    play = TownPlay()
    play.hold("sampled people", 10, 10)
    assert play.passed
    play.hold("sampled people", 10, 9)
    assert not play.passed


def test_the_files_that_come_with_the_project_can_be_played() -> None:
    town = read_whole(PROJECT / "drills" / "whole-town.yaml")
    load = read_whole(PROJECT / "drills" / "whole-municipality.yaml")
    assert isinstance(town, WholeTown)
    assert isinstance(load, WholeMunicipality)
    assert town.division == "500104102"
    # 3.2 million tubes in 172,800 seconds, times five
    assert load.peak_tubes_per_second == pytest.approx(92.59, abs=0.01)
    assert not is_whole(PROJECT / "drills" / "spring-festival.yaml")


def test_what_is_wrong_with_a_file_is_named_by_its_place(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(SMALL.read_text(encoding="utf-8").replace("pool_size: 10", "pool_size: 7"))
    with pytest.raises(ScenarioError) as caught:
        read_whole(broken)
    (problem,) = caught.value.found
    assert problem.path == "pool_size"
    assert problem.place.startswith("broken.yaml:")
