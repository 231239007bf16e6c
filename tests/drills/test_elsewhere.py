"""A drill against an installation that runs: its clock, and the telephones that messages really reach."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from rich.console import Console

from drills.elsewhere import Elsewhere, Telephones, play_elsewhere, with_telephones
from drills.places import prepare
from drills.run import NotReadyInTime
from drills.screen import DrillScreen
from dutyclock.commands.demo import read_clock, settings_of_clock
from services.alerts.rules.one_tap_link import LinkSigner
from shared.clock import Clock
from shared.settings import PROJECT

SCENARIO = PROJECT / "drills" / "positive-in-jiansheng.yaml"
PAGE = "01890a5d-ac96-774b-bcce-b302099a8057"
PLACE = Elsewhere("http://127.0.0.1:1/", "postgresql://nobody@127.0.0.1:1/nothing")


def hand_over(address: str, body: bytes) -> int:
    url = address.replace("json://", "http://")
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


async def test_a_message_reaches_the_telephone_and_its_link_leads_to_the_installation() -> None:
    signer = LinkSigner(("secret" * 8,), "https://duty.example.cn")
    link = signer.link(UUID(PAGE), datetime(2021, 2, 1, tzinfo=UTC))
    async with Telephones.switched_on(PLACE) as telephones:
        assert hand_over(telephones.address, b"no JSON") == 422
        assert hand_over(telephones.address, json.dumps({"message": "no link"}).encode()) == 200
        message = json.dumps({"title": "值班", "message": f"请在此确认 {link} 谢谢"}).encode()
        assert hand_over(telephones.address, message) == 200
        token = link.rpartition("/")[2]
        assert telephones.link_of(PAGE) == f"http://127.0.0.1:1/a/{token}"


async def test_only_who_answers_by_the_link_needs_a_telephone() -> None:
    drill = prepare(SCENARIO)
    async with Telephones.switched_on(PLACE) as telephones:
        changed = with_telephones(drill, telephones)
        for before, after in zip(drill.scenario.roster, changed.scenario.roster, strict=True):
            by_link = before.answers_by == "link"
            assert after.channels == ((telephones.address,) if by_link else before.channels)
        assert telephones.address.startswith("json://127.0.0.1:")


@pytest.mark.parametrize(
    ("hours", "rate"),
    [pytest.param(1, 90, id="it is over"), pytest.param(-1, 60, id="another rate")],
)
async def test_an_installation_on_another_clock_is_left_alone(hours: float, rate: float) -> None:
    drill = prepare(SCENARIO)
    screen = DrillScreen(Console(file=StringIO()), drill)
    its = Clock(drill.scenario.starts_at + timedelta(hours=hours), rate=rate)
    with pytest.raises(NotReadyInTime):
        await play_elsewhere(drill, PLACE, its, screen)
    with pytest.raises(NotReadyInTime):
        await play_elsewhere(drill, PLACE, Clock(), screen)


def test_the_drill_reads_the_clock_that_the_services_are_given() -> None:
    scenario = prepare(SCENARIO).scenario
    settings = dict(line.split("=", 1) for line in settings_of_clock(scenario, 30).splitlines())
    clock = read_clock(settings)
    assert clock.rate == scenario.rate
    left = clock.real_seconds(scenario.starts_at - clock.now())
    assert 0 < left <= 30
    assert settings["DUTYCLOCK_DIVISIONS_UNDER"] == "500104"
    assert read_clock({}).rate == 1
