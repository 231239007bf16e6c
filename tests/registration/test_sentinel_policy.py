"""The time that a sentinel has is the policy's figure and nobody else's."""

from datetime import timedelta

import pytest

from services.registration.service import sentinel_report_within
from shared.policy import Pack, load_pack
from shared.settings import PROJECT

pytestmark = pytest.mark.requirement("sentinel-report")

PACK = load_pack(PROJECT / "policies" / "chongqing-2021-winter")


def changed(within: timedelta | None) -> Pack:
    clocks = [
        rule.model_copy(update={"within": within}) if rule.id == "sentinel-report" else rule
        for rule in PACK.clocks
    ]
    return PACK.model_copy(update={"clocks": tuple(clocks)})


def test_the_pack_of_winter_2021_gives_two_hours() -> None:
    assert sentinel_report_within(PACK) == timedelta(hours=2)


def test_another_pack_gives_another_time() -> None:
    assert sentinel_report_within(changed(timedelta(minutes=30))) == timedelta(minutes=30)


def test_a_pack_that_gives_none_is_refused_at_start() -> None:
    for pack in (changed(None), PACK.model_copy(update={"clocks": ()})):
        with pytest.raises(ValueError, match="sentinel-report"):
            sentinel_report_within(pack)
