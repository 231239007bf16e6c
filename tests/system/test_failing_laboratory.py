"""A laboratory fails its controls: it is suspended, its open tubes go elsewhere, a positive is sequenced."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.testing import LaboratorySuspended, SamplePositive, SampleSequenced, WorkRerouted
from tests.builders import A_VILLAGE, a_result
from tests.keys import a_key
from tests.testing.laboratories.builders import CDC, HOSPITAL, THIRD_PARTY, a_control_run, a_laboratory
from tests.testing.laboratories.conftest import Start
from tests.testing.results.test_results_over_http import events_on
from tests.waiting import until

pytestmark = [
    pytest.mark.system,
    pytest.mark.requirement("testing-resources"),
    pytest.mark.requirement("sequencing"),
]


async def test_work_goes_on_elsewhere_and_nothing_is_lost(
    start_service: Start, database_url: str, nats_url: str
) -> None:
    testing, _ = await start_service("testing"), await start_service("reporting")
    key = {"authorization": f"Bearer {await a_key(database_url, '500000')}"}
    now = datetime.now(UTC)
    async with httpx.AsyncClient(base_url=testing.url, headers=key, timeout=30) as client:

        async def post(path: str, body: Any) -> Any:
            answer = await client.post(path, json=body)
            assert answer.is_success, (path, answer.text)
            return answer.json()

        small = a_laboratory(shifts=[{"name": "day", "begins_at": "08:00", "ends_at": "20:00", "tubes": 2}])
        for code, body in ((CDC, a_laboratory()), (HOSPITAL, small), (THIRD_PARTY, a_laboratory())):
            assert (await client.put(f"/v1/laboratories/{code}", json=body)).status_code == 201
        opened = (now - timedelta(hours=4)).isoformat()
        for number in range(5):
            await post(
                "/v1/tubes",
                {
                    "code": f"R-{number}",
                    "division": A_VILLAGE,
                    "size": 1,
                    "opened_at": opened,
                    "laboratory": CDC,
                    "members": [{"position": 1}],
                },
            )
        received = {"kind": "received", "at": (now - timedelta(hours=3)).isoformat(), "institution": CDC}
        await post("/v1/tube-steps", {**received, "tube_code": "R-0", "division": "500104"})
        done = a_result(now, tube_code="R-0", sampled_at=opened)
        positive = (await post("/v1/results", done))["sample_id"]
        cdc = (await client.get(f"/v1/laboratories/{CDC}")).json()
        assert cdc["capacity"]["open_tubes"] == 4
        for run, deviation in (("run-1", 3.5), ("run-2", -3.5)):
            at = now - timedelta(hours=1) + timedelta(minutes=len(run))
            await post(f"/v1/laboratories/{CDC}/control-runs", a_control_run(at, deviation, run=run))

        async def moved() -> list[dict[str, Any]] | None:
            items = (await client.get("/v1/reroutings")).json()["items"]
            return items if len(items) == 4 else None

        rerouted: list[dict[str, Any]] = await until(moved, seconds=40)
        assert sorted([one["to_laboratory"] for one in rerouted]) == [HOSPITAL] * 2 + [THIRD_PARTY] * 2
        open_tubes = {
            one["code"]: one["capacity"]["open_tubes"]
            for one in (await client.get("/v1/laboratories")).json()["items"]
        }
        assert open_tubes == {CDC: 0, HOSPITAL: 2, THIRD_PARTY: 2}
        # what the suspended laboratory says all the same is kept, told, and in doubt
        doubtful = await post("/v1/results", a_result(datetime.now(UTC), tube_code="R-1", sampled_at=opened))
        (flagged,) = (await client.get("/v1/flagged-results")).json()["items"]
        assert flagged["sample_id"] == doubtful["sample_id"]

        async def linked() -> dict[str, Any] | None:
            answer = await client.get(f"/v1/sequencing-orders/{positive}")
            return answer.json() if answer.is_success and answer.json()["case_id"] else None

        order = await until(linked, seconds=40)
        found = {"laboratory": THIRD_PARTY, "lineage": "B.1.1.7", "accession": "CQ-1"}
        sequence = {**found, "sequenced_at": now.isoformat()}
        await post(f"/v1/sequencing-orders/{positive}/sequence", sequence)

        async def told() -> list[Any] | None:
            events = await events_on(nats_url)
            return events if any(isinstance(event, SampleSequenced) for event in events) else None

        events = await until(told, seconds=40)
        assert sum(isinstance(event, LaboratorySuspended) for event in events) == 1
        assert sum(isinstance(event, SamplePositive) for event in events) == 2
        work = [event for event in events if isinstance(event, WorkRerouted)]
        assert {event.to_laboratory: len(event.tube_ids) for event in work} == {HOSPITAL: 2, THIRD_PARTY: 2}
        (sequenced,) = [event for event in events if isinstance(event, SampleSequenced)]
        assert str(sequenced.case_id) == order["case_id"]

        async def transported() -> list[str] | None:
            days = (await client.get(f"/v1/laboratories/{CDC}/figures")).json()["days"]
            stages = [one["stage"] for day in days for one in day["stages"]]
            return stages if "sampled-to-received" in stages else None

        assert await until(transported, seconds=20)
