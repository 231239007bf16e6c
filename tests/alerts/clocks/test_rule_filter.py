"""The list of clocks by rule: a rule that no version of the policy knows is a mistake, not an empty list."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.alerts.rules.clock_terms import Law
from tests.alerts.clocks.facts import a_version, the_pack
from tests.alerts.clocks.service import AlertsService, open_service


@pytest.fixture
async def service(
    database_url: str, service_database_url: Callable[[str], str], nats_url: str, tmp_path: Path
) -> AsyncIterator[AlertsService]:
    async with open_service(database_url, service_database_url("alerts"), nats_url, tmp_path) as service:
        yield service


@pytest.mark.parametrize("rule", ["nonsense", "", "Direct-Report"])
async def test_an_unknown_rule_is_refused_with_the_known_ones(service: AlertsService, rule: str) -> None:
    answer = await service.client.get("/v1/clocks", params={"rule": rule})
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert problem["field"] == "rule"
    for known in the_pack().clocks:
        assert known.id in problem["reason"]
    for known in the_pack().clocks:
        assert (await service.client.get("/v1/clocks", params={"rule": known.id})).status_code == 200


def test_a_rule_that_a_newer_version_dropped_is_still_known() -> None:
    newer = a_version(the_pack().version + 1, datetime(2022, 1, 1, tzinfo=UTC))
    without = newer.model_copy(
        update={"clocks": tuple(rule for rule in newer.clocks if rule.id != "direct-report")}
    )
    assert "direct-report" in Law([the_pack(), without]).rule_ids
    assert "direct-report" not in Law([without]).rule_ids
