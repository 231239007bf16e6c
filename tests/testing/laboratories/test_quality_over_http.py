"""A laboratory that fails its controls or a round is suspended, told once, and reinstated by people."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.contracts.testing import LaboratoryReinstated, LaboratorySuspended
from tests.testing.laboratories.builders import CDC, HOSPITAL, a_control_run, a_laboratory, a_round
from tests.testing.results.test_results_over_http import events_once_there_are

pytestmark = [pytest.mark.system, pytest.mark.requirement("testing-resources")]

RUNS = f"/v1/laboratories/{CDC}/control-runs"


async def test_two_rejected_runs_suspend_once_and_a_person_reinstates(
    municipality: httpx.AsyncClient, neighbour: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    hours = [now - timedelta(hours=hour) for hour in range(6)]
    assert (await municipality.post(RUNS, json=a_control_run(now, 0.1))).status_code == 404
    await municipality.put(f"/v1/laboratories/{CDC}", json=a_laboratory())

    async def tell(run: str, at: datetime, *deviations: float | None) -> dict[str, object]:
        answer = await municipality.post(RUNS, json=a_control_run(at, *deviations, run=run))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    good = await tell("r1", hours[5], 0.2)
    assert (good["judgement"], good["broken_rules"], good["suspended_at"]) == ("accepted", [], None)
    first = await tell("r2", hours[4], 3.2)
    assert (first["judgement"], first["broken_rules"]) == ("rejected", ["1-3s", "1-2s"])
    assert first["suspended_at"] is None
    assert (await tell("r2", hours[4], 3.2))["verdict"] == "duplicate"
    other = await municipality.post(RUNS, json=a_control_run(hours[4], 1.2, run="r2"))
    assert other.status_code == 409
    second = await tell("r3", hours[3], None)
    assert (second["judgement"], second["broken_rules"]) == ("rejected", ["weak-positive-missed"])
    assert second["suspended_at"] is not None
    assert (await tell("r4", hours[2], -4))["suspended_at"] == second["suspended_at"]
    view = (await municipality.get(f"/v1/laboratories/{CDC}")).json()
    assert (view["suspended_at"], view["capacity"]["tubes_per_day"]) == (second["suspended_at"], 0)
    listed = (await municipality.get("/v1/laboratories", params={"suspended": True})).json()["items"]
    assert [one["code"] for one in listed] == [CDC]
    lasting = await municipality.get("/v1/laboratory-suspensions", params={"open": True})
    (suspension,) = lasting.json()["items"]
    assert (suspension["cause"], suspension["cause_reference"], suspension["suspended_by"]) == (
        "controls",
        "r3",
        "rule",
    )
    assert (await neighbour.get("/v1/laboratory-suspensions")).json()["items"] == []
    back = f"/v1/laboratories/{CDC}/reinstatement"
    reason = {"reason_code": "recalibrated"}
    assert (await neighbour.post(back, json=reason)).status_code == 404
    early = {**reason, "ended_at": (now - timedelta(days=1)).isoformat()}
    assert (await municipality.post(back, json=early)).status_code == 422
    ended = (await municipality.post(back, json=reason)).json()
    assert (await municipality.post(back, json=reason)).json() == ended
    # what failed before the reinstatement does not count any more, one failure since is not enough
    assert (await tell("r5", hours[1], 9))["suspended_at"] is None
    assert (await tell("r6", datetime.now(UTC), 9))["suspended_at"] is None
    events = await events_once_there_are(nats_url, 2)
    assert [type(event) for event in events] == [LaboratorySuspended, LaboratoryReinstated]
    assert (events[0].laboratory, events[0].cause_reference, events[1].reason_code) == (
        CDC,
        "r3",
        "recalibrated",
    )
    page = (await municipality.get(RUNS, params={"limit": 4})).json()
    rest = (await municipality.get(page["next"])).json()
    assert [one["run"] for one in [*page["items"], *rest["items"]]] == ["r6", "r5", "r4", "r3", "r2", "r1"]
    assert (await neighbour.get(RUNS)).status_code == 404


async def test_a_failed_round_suspends_and_an_order_does_too(
    municipality: httpx.AsyncClient, neighbour: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    for code in (CDC, HOSPITAL):
        await municipality.put(f"/v1/laboratories/{code}", json=a_laboratory())
    rounds = f"/v1/laboratories/{CDC}/proficiency-rounds"
    passed = await municipality.post(rounds, json=a_round(now, 8, 2))
    assert (passed.status_code, passed.json()["passed"], passed.json()["suspended_at"]) == (201, True, None)
    failed = await municipality.post(rounds, json=a_round(now, 7, 3, round="round-2"))
    assert (failed.json()["passed"], failed.json()["false_negatives"]) == (False, 3)
    assert failed.json()["suspended_at"] is not None
    again = await municipality.post(rounds, json=a_round(now, 7, 3, round="round-2"))
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")
    assert (await municipality.post(rounds, json=a_round(now, 9, 1, round="round-2"))).status_code == 409
    assert [one["round"] for one in (await municipality.get(rounds)).json()["items"]] == [
        "round-2",
        "round-1",
    ]
    order = f"/v1/laboratories/{HOSPITAL}/suspension"
    assert (await neighbour.post(order, json={"reason_code": "inspection"})).status_code == 404
    ordered = await municipality.post(order, json={"reason_code": "inspection"})
    repeated = await municipality.post(order, json={"reason_code": "inspection"})
    assert (ordered.status_code, repeated.status_code) == (201, 200)
    assert repeated.json() == ordered.json()
    assert (ordered.json()["cause"], ordered.json()["cause_reference"]) == ("order", None)
    events = await events_once_there_are(nats_url, 2)
    assert [(event.laboratory, event.cause) for event in events] == [
        (CDC, "proficiency"),
        (HOSPITAL, "order"),
    ]
    # a round that was held before a reinstatement and is told late does not suspend again
    back = await municipality.post(f"/v1/laboratories/{CDC}/reinstatement", json={"reason_code": "retrained"})
    assert back.status_code == 200
    late = a_round(now - timedelta(days=1), 0, 9, round="round-0")
    assert (await municipality.post(rounds, json=late)).json()["suspended_at"] is None
