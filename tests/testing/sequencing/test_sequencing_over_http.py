"""From a positive result to its sequence, its case and what is close to it, through the real doors."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.testing import SamplePositive, SampleSequenced, SequencingExcluded
from tests.builders import ANOTHER_VILLAGE, OUTSIDE, a_result
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.testing.laboratories.builders import CDC
from tests.testing.laboratories.conftest import Start
from tests.testing.results.test_results_over_http import events_once_there_are
from tests.waiting import until

pytestmark = [pytest.mark.system, pytest.mark.requirement("sequencing")]

ORDERS = "/v1/sequencing-orders"


def a_sequence(now: datetime, accession: str, lineage: str = "B.1.1.7", **changes: Any) -> dict[str, Any]:
    return {
        "laboratory": CDC,
        "lineage": lineage,
        "accession": accession,
        "sequenced_at": now.isoformat(),
        **changes,
    }


async def _ordered(client: httpx.AsyncClient, number: int) -> list[dict[str, Any]]:
    async def there() -> list[dict[str, Any]] | None:
        items = (await client.get(ORDERS)).json()["items"]
        return items if len(items) == number else None

    return await until(there, seconds=30)


async def test_a_positive_is_ordered_sequenced_linked_and_compared(
    testing: ServiceProcess,
    municipality: httpx.AsyncClient,
    start_service: Start,
    database_url: str,
    nats_url: str,
) -> None:
    await start_service("reporting")
    now = datetime.now(UTC)
    rows = [
        a_result(now),
        a_result(now),
        a_result(now, division=ANOTHER_VILLAGE),
        a_result(now, result="negative"),
    ]
    receipt = (await municipality.post("/v1/results/batch", json=rows)).json()
    ids = [row["sample_id"] for row in receipt["rows"]]
    orders = await _ordered(municipality, 3)
    assert {one["sample_id"] for one in orders} == set(ids[:3])
    assert {one["state"] for one in orders} == {"ordered"}

    async def with_case() -> dict[str, Any] | None:
        order = (await municipality.get(f"{ORDERS}/{ids[0]}")).json()
        return order if order["case_id"] else None

    await until(with_case, seconds=30)
    first = f"{ORDERS}/{ids[0]}/sequence"
    assert (await municipality.get(f"{ORDERS}/{ids[0]}/comparisons")).status_code == 404
    told = a_sequence(now, "CQ-1", mutations=["C241T", "A23403G"])
    stored, again = await municipality.post(first, json=told), await municipality.post(first, json=told)
    assert (stored.status_code, again.status_code) == (201, 200), stored.text
    assert (stored.json()["state"], again.json()["verdict"]) == ("sequenced", "duplicate")
    batch = [
        {**a_sequence(now, "CQ-2", mutations=["C241T"]), "sample_id": ids[1]},
        {**a_sequence(now, "CQ-1"), "sample_id": ids[2]},
        {**a_sequence(now, "CQ-3"), "sample_id": ids[3]},
        {**a_sequence(now, "CQ-4", lineage="b117"), "sample_id": ids[2]},
        {**a_sequence(now, "CQ-5", lineage="B.1.1"), "sample_id": ids[2]},
    ]
    rows_told = (await municipality.post("/v1/sequences/batch", json=batch)).json()["rows"]
    assert [row["verdict"] for row in rows_told] == ["stored", "refused", "refused", "refused", "stored"]
    assert [row["problems"][0]["field"] for row in rows_told[1:4]] == ["sample_id", "sample_id", "lineage"]
    compared = (await municipality.get(f"{ORDERS}/{ids[0]}/comparisons")).json()
    assert [
        (one["sample_id"], one["closeness"], one["different_mutations"]) for one in compared["items"]
    ] == [(ids[1], "near", 1), (ids[2], "within", None)]
    village = await a_key(database_url, ANOTHER_VILLAGE)
    beside = {"authorization": f"Bearer {village}"}
    own = await municipality.get(f"{ORDERS}/{ids[2]}/comparisons", headers=beside)
    assert (own.status_code, own.json()["items"]) == (200, [])
    for path in ("", "/comparisons"):
        assert (await municipality.get(f"{ORDERS}/{ids[0]}{path}", headers=beside)).status_code == 404
    assert (await municipality.post(first, json=told, headers=beside)).status_code == 404
    history = (await municipality.get(f"{ORDERS}/{ids[0]}")).json()
    assert [entry["kind"] for entry in history["entries"]] == ["ordered", "sequenced"]
    assert history["entries"][1]["said"]["mutations"] == ["A23403G", "C241T"]
    events = await events_once_there_are(nats_url, 7)
    sequenced = [event for event in events if isinstance(event, SampleSequenced)]
    assert {event.accession for event in sequenced} == {"CQ-1", "CQ-2", "CQ-5"}
    linked = next(event for event in sequenced if event.accession == "CQ-1")
    assert str(linked.case_id) == history["case_id"]
    assert sum(isinstance(event, SamplePositive) for event in events) == 3


async def test_a_sample_is_excluded_for_a_reason_or_void_when_its_positive_is_withdrawn(
    municipality: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    ids = [(await municipality.post("/v1/results", json=a_result(now))).json()["sample_id"] for _ in range(2)]
    await _ordered(municipality, 2)
    exclusion = f"{ORDERS}/{ids[0]}/exclusion"
    for body, field in (
        ({"reason_code": "no-time"}, "reason_code"),
        ({"reason_code": "ct-too-high"}, "ct"),
        ({"reason_code": "ct-too-high", "ct": 31.5}, "ct"),
    ):
        refused = await municipality.post(exclusion, json=body)
        assert (refused.status_code, refused.json()["problems"][0]["field"]) == (422, field)
    excluded = await municipality.post(exclusion, json={"reason_code": "ct-too-high", "ct": 36.2})
    assert excluded.json()["state"] == "excluded", excluded.text
    repeated = await municipality.post(exclusion, json={"reason_code": "ct-too-high", "ct": 36.2})
    assert repeated.json() == excluded.json()
    listed = (await municipality.get(ORDERS, params={"state": "excluded"})).json()["items"]
    assert [one["sample_id"] for one in listed] == [ids[0]]
    assert (await municipality.get(ORDERS, params={"overdue": True})).json()["items"] == []
    correction = {"result": "negative", "reason_code": "mix-up", "occurred_at": datetime.now(UTC).isoformat()}
    await municipality.post(f"/v1/samples/{ids[1]}/corrections", json=correction)

    async def void() -> bool:
        return (await municipality.get(f"{ORDERS}/{ids[1]}")).json()["state"] == "void"

    await until(void, seconds=30)
    late = await municipality.post(f"{ORDERS}/{ids[1]}/sequence", json=a_sequence(now, "CQ-9"))
    assert late.status_code == 409
    after_all = await municipality.post(f"{ORDERS}/{ids[0]}/sequence", json=a_sequence(now, "CQ-8"))
    assert (after_all.status_code, after_all.json()["exclusion"]) == (201, "ct-too-high")
    old = a_sequence(now - timedelta(days=3), "CQ-7")
    assert (await municipality.post(f"{ORDERS}/{ids[0]}/sequence", json=old)).status_code == 422
    events = await events_once_there_are(nats_url, 5)
    assert sum(isinstance(event, SequencingExcluded) for event in events) == 1


async def test_a_key_of_elsewhere_lists_none(municipality: httpx.AsyncClient, database_url: str) -> None:
    await municipality.post("/v1/results", json=a_result(datetime.now(UTC)))
    await _ordered(municipality, 1)
    elsewhere = {"authorization": f"Bearer {await a_key(database_url, OUTSIDE)}"}
    assert (await municipality.get(ORDERS, headers=elsewhere)).json()["items"] == []
