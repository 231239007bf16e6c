"""Whoever buys drugs with symptoms was seen by the sentinel: it has two hours to report them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.builders import A_VILLAGE, ANOTHER_VILLAGE
from tests.registration.returns.stories import a_person
from tests.registration.sentinels.statements import a_drug_sale, a_sentinel
from tests.registration.sentinels.test_drug_sales_over_http import SALES, told
from tests.registration.statements import a_symptom_report
from tests.waiting import until

pytestmark = pytest.mark.requirement("sentinel-report")

HOUR = timedelta(hours=1)
REPORTS = "/v1/symptom-reports"
SEEN, REPORTED = "registration.symptom-seen", "registration.symptom-reported"


async def on_bus(nats_url: str, event: str, number: int) -> list[dict[str, Any]]:
    async def enough() -> Any:
        found = await told(nats_url, event)
        return found if len(found) >= number else None

    found = await until(enough, what=f"{number} of {event}")
    assert len(found) == number, found
    return found


async def post(town: httpx.AsyncClient, path: str, body: Any, status: int = 201) -> dict[str, Any]:
    answer = await town.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def the_report(sale: dict[str, Any], now: datetime, **changes: Any) -> dict[str, Any]:
    """The pharmacy's report of whom it sold to, half an hour after the sale, unless changed."""
    sold_at = datetime.fromisoformat(sale["sold_at"])
    body = a_symptom_report(
        now,
        sentinel=sale["sentinel"],
        symptoms=sale["symptoms"],
        seen_at=sale["sold_at"],
        reported_at=(sold_at + HOUR / 2).isoformat(),
        receipt=sale["receipt"],
    )
    del body["reference"]
    return body | changes


async def test_a_sale_starts_the_clock_and_the_report_of_it_stops_it(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    sale = a_drug_sale(now, symptoms=["cough", "fever"])
    for status in (201, 200):
        await post(town, SALES, sale, status)
    (seen,) = await on_bus(nats_url, SEEN, 1)
    assert (seen["sentinel"], seen["symptoms"]) == ("pharmacy-1", ["cough", "fever"])
    assert datetime.fromisoformat(seen["occurred_at"]) == datetime.fromisoformat(sale["sold_at"])
    (listed,) = (await town.get(f"{REPORTS}?state=unreported")).json()["items"]
    assert listed["report_id"] == seen["report_id"]
    assert datetime.fromisoformat(listed["due_at"]) == datetime.fromisoformat(sale["sold_at"]) + 2 * HOUR
    assert [one["office"] for one in listed["addressees"]] == [
        "township-health-centre",
        "civil-affairs-office",
    ]

    receipt = await post(town, REPORTS, the_report(sale, now))
    assert (receipt["report_id"], receipt["state"]) == (seen["report_id"], "reported")
    (reported,) = await on_bus(nats_url, REPORTED, 1)
    assert reported["report_id"] == seen["report_id"]
    await post(town, REPORTS, the_report(sale, now), 200)
    assert len((await town.get(REPORTS)).json()["items"]) == 1
    await on_bus(nats_url, SEEN, 1)


async def test_a_sale_that_was_reported_before_the_till_told_of_it_starts_nothing(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    sale = a_drug_sale(now, symptoms=["fever"], sold_at=(now - 5 * HOUR).isoformat())
    first = await post(town, REPORTS, the_report(sale, now, division=ANOTHER_VILLAGE))
    assert first["state"] == "reported"
    await post(town, SALES, sale)
    (only,) = (await town.get(REPORTS)).json()["items"]
    assert (only["report_id"], only["state"]) == (first["report_id"], "reported")
    await on_bus(nats_url, SEEN, 1)
    await on_bus(nats_url, REPORTED, 1)


async def test_lines_of_a_receipt_are_one_patient_and_others_are_others(
    town: httpx.AsyncClient, nats_url: str
) -> None:
    now = datetime.now(UTC)
    buyer = a_person()
    first = a_drug_sale(now, symptoms=["fever"], receipt="D-900", buyer=buyer)
    rows = [
        first,
        {**first, "line": 2, "category": "cough", "symptoms": ["cough"]},
        {**a_drug_sale(now, receipt="D-901", symptoms=["diarrhoea"])},
        a_drug_sale(now, receipt="D-902"),
        a_drug_sale(now, receipt="D-903", symptoms=None),
        a_drug_sale(now, receipt="D-900", symptoms=["fever"], sentinel="pharmacy-2"),
    ]
    receipt = await post(town, f"{SALES}/batch", rows, 200)
    assert receipt["stored"] == 6
    listed = (await town.get(REPORTS)).json()["items"]
    seen = {(one["sentinel"], one["reference"]): one["symptoms"] for one in listed}
    assert seen == {
        ("pharmacy-1", "sale:D-900"): ["cough", "fever"],
        ("pharmacy-1", "sale:D-901"): ["diarrhoea"],
        ("pharmacy-2", "sale:D-900"): ["fever"],
    }


async def test_a_sale_without_a_report_counts_against_the_pharmacy(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    await town.put("/v1/sentinels/pharmacy-1", json=a_sentinel(kind="pharmacy"))
    await post(town, SALES, a_drug_sale(now, symptoms=["fever"], sold_at=(now - 3 * HOUR).isoformat()))
    record = (await town.get("/v1/sentinels/pharmacy-1/record")).json()
    assert (record["reports"], record["missing"]) == (1, 1)


async def test_a_report_names_a_reference_or_a_receipt(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    sale = a_drug_sale(now, symptoms=["fever"])
    for changes in ({"reference": "S-7"}, {"receipt": None}, {"receipt": "noDigit"}):
        answer = await town.post(REPORTS, json=the_report(sale, now, **changes))
        assert answer.status_code == 422, changes
        (problem,) = answer.json()["problems"]
        assert problem["field"] in ("reference", "receipt"), problem


async def test_codes_that_only_sales_name_are_unregistered_too(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    await town.put("/v1/sentinels/pharmacy-1", json=a_sentinel(kind="pharmacy"))
    for code in ("pharmacy-1", "pharmacy-2", "pharmacy-2"):
        await post(town, SALES, a_drug_sale(now, sentinel=code))
    await post(town, SALES, a_drug_sale(now, sentinel="clinic-9", symptoms=["fever"]))
    listed = (await town.get("/v1/sentinels/unregistered")).json()["items"]
    shown = [(one["code"], one["division"], one["reports"], one["sales"]) for one in listed]
    assert shown == [("clinic-9", A_VILLAGE, 1, 1), ("pharmacy-2", A_VILLAGE, 0, 2)]
    page = (await town.get("/v1/sentinels/unregistered?limit=1")).json()
    rest = (await town.get(page["next"])).json()
    assert [one["code"] for one in page["items"] + rest["items"]] == ["clinic-9", "pharmacy-2"]
