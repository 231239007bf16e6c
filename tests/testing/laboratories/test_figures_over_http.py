"""Figures of laboratories through the real door, as the running service adds them up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.day_count import day_of
from tests.builders import a_result
from tests.testing.laboratories.builders import CDC, HOSPITAL, a_laboratory
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.requirement("testing-resources")]


async def test_results_show_in_the_figures_of_their_laboratory(
    municipality: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    now = datetime.now(UTC)
    await municipality.put(f"/v1/laboratories/{CDC}", json=a_laboratory())
    rows = [a_result(now, result="negative") for _ in range(18)]
    rows += [a_result(now), a_result(now, result="inconclusive"), a_result(now, institution=HOSPITAL)]
    await municipality.post("/v1/results/batch", json=rows)
    figures = f"/v1/laboratories/{CDC}/figures"

    async def added_up() -> dict[str, Any] | None:
        days = (await municipality.get(figures)).json()["days"]
        return days[0] if days else None

    day = await until(added_up)
    assert day["day"] == day_of(now).isoformat()
    assert (day["results"], day["positives"], day["inconclusives"]) == (20, 1, 1)
    assert (day["positive_share"], day["invalid_share"]) == (0.05, 0.05)
    whole, telling = day["stages"]
    assert (whole["stage"], whole["count"]) == ("sampled-to-resulted", 20)
    assert whole["p50_seconds"] == pytest.approx(6 * 3600, rel=0.05)
    assert (telling["stage"], telling["p95_seconds"] < 60) == ("resulted-to-told", True)
    all_of_day = (await municipality.get("/v1/laboratory-days")).json()["laboratories"]
    assert [(one["code"], one["figures"]) for one in all_of_day] == [(CDC, day)]
    hours = (await municipality.get(f"/v1/laboratories/{CDC}/hours")).json()["hours"]
    assert [one["results"] for one in hours] == [20]
    assert (await municipality.get("/v1/unregistered-laboratories")).json()["codes"] == [HOSPITAL]
    assert (await neighbour.get("/v1/unregistered-laboratories")).json()["codes"] == []
    assert (await neighbour.get(figures)).status_code == 404
    for first, last in (("2021-02-02", "2021-02-01"), ("2020-01-01", "2021-02-01")):
        refused = await municipality.get(figures, params={"first": first, "last": last})
        assert (refused.status_code, refused.json()["problems"][0]["field"]) == (422, "first")
    for day_of_none in ("yesterday", "0000-01-01", "2021-02-30"):
        answer = await municipality.get("/v1/laboratory-days", params={"day": day_of_none})
        assert answer.status_code in (400, 422), answer.text
    for edge in ("0001-01-01", "9999-12-31"):
        assert (await municipality.get("/v1/laboratory-days", params={"day": edge})).status_code == 200
        assert (await municipality.get(f"/v1/laboratories/{CDC}/hours", params={"day": edge})).is_success


async def test_results_in_doubt_are_listed_for_whose_they_are(
    municipality: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    now = datetime.now(UTC)
    await municipality.put(f"/v1/laboratories/{CDC}", json=a_laboratory())
    order = {"reason_code": "inspection", "suspended_at": (now - timedelta(minutes=5)).isoformat()}
    assert (await municipality.post(f"/v1/laboratories/{CDC}/suspension", json=order)).status_code == 201
    stored = (await municipality.post("/v1/results", json=a_result(now))).json()
    (flagged,) = (await municipality.get("/v1/flagged-results")).json()["items"]
    assert (flagged["sample_id"], flagged["laboratory"]) == (stored["sample_id"], CDC)
    of_another = await municipality.get("/v1/flagged-results", params={"laboratory": HOSPITAL})
    assert of_another.json()["items"] == []
    assert (await neighbour.get("/v1/flagged-results")).json()["items"] == []
