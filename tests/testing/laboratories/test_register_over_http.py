"""The register of laboratories and their loans through the real door."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.testing.laboratories.builders import CDC, HOSPITAL, THIRD_PARTY, a_laboratory, a_loan

pytestmark = [pytest.mark.system, pytest.mark.requirement("testing-resources")]


async def test_a_laboratory_is_registered_changed_and_remembered(municipality: httpx.AsyncClient) -> None:
    first = await municipality.put(f"/v1/laboratories/{CDC}", json=a_laboratory())
    assert first.status_code == 201, first.text
    view = first.json()
    assert (view["name"], view["kind"], view["division"]) == (
        "大渡口区疾病预防控制中心",
        "disease-control",
        "500104",
    )
    assert view["capacity"]["tubes_per_day"] == 1_000
    assert (view["gaps"], view["suspended_at"], view["revision"]) == ([], None, 1)
    again = await municipality.put(f"/v1/laboratories/{CDC}", json=a_laboratory())
    assert (again.status_code, again.json()) == (200, view)
    fewer = [{"role": "extraction", "present": 1, "needed": 4}]
    changed = await municipality.put(f"/v1/laboratories/{CDC}", json=a_laboratory(staff=fewer))
    assert changed.json()["gaps"] == [{"kind": "staff", "what": "extraction", "missing": 3}]
    assert changed.json()["revision"] == 2
    history = (await municipality.get(f"/v1/laboratories/{CDC}/revisions")).json()["revisions"]
    assert [one["revision"] for one in history] == [2, 1]
    assert history[1]["staff"][0]["present"] == 4


async def test_who_is_no_laboratory_is_not_registered(municipality: httpx.AsyncClient) -> None:
    unknown = await municipality.put("/v1/laboratories/nobody", json=a_laboratory())
    assert (unknown.status_code, unknown.json()["problems"][0]["field"]) == (422, "code")
    centre = await municipality.put("/v1/laboratories/500104102-hc", json=a_laboratory())
    assert (centre.status_code, centre.json()["problems"][0]["field"]) == (422, "code")
    assert (await municipality.get("/v1/laboratories")).json()["items"] == []


async def test_a_subtree_sees_and_changes_its_own_laboratories_only(
    municipality: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    for code in (CDC, HOSPITAL, THIRD_PARTY):
        answer = await municipality.put(f"/v1/laboratories/{code}", json=a_laboratory())
        assert answer.status_code == 201, answer.text
    listed = (await neighbour.get("/v1/laboratories")).json()["items"]
    assert [one["code"] for one in listed] == [THIRD_PARTY]
    assert (await neighbour.get(f"/v1/laboratories/{CDC}")).status_code == 404
    assert (await neighbour.get(f"/v1/laboratories/{CDC}/revisions")).status_code == 404
    assert (await neighbour.put(f"/v1/laboratories/{CDC}", json=a_laboratory())).status_code == 403
    assert (await neighbour.get("/v1/laboratory-capacity")).json()["tubes_per_day"] == 1_000
    page = (await municipality.get("/v1/laboratories", params={"limit": 2})).json()
    rest = (await municipality.get(page["next"])).json()
    assert [one["code"] for one in [*page["items"], *rest["items"]]] == [CDC, HOSPITAL, THIRD_PARTY]
    assert rest["next"] is None
    kinds = (await municipality.get("/v1/laboratories", params={"kind": "third-party"})).json()["items"]
    assert [one["code"] for one in kinds] == [THIRD_PARTY]


@pytest.mark.requirement("mass-testing-capacity")
async def test_the_capacity_of_a_subtree_is_added_up_with_what_it_lacks(
    municipality: httpx.AsyncClient,
) -> None:
    await municipality.put(f"/v1/laboratories/{CDC}", json=a_laboratory())
    short = [{"role": "extraction", "present": 1, "needed": 4}]
    await municipality.put(f"/v1/laboratories/{THIRD_PARTY}", json=a_laboratory(staff=short))
    whole = (await municipality.get("/v1/laboratory-capacity")).json()
    assert (whole["tubes_per_day"], whole["gaps"]) == (
        2_000,
        [{"kind": "staff", "what": "extraction", "missing": 3}],
    )
    assert [(one["kind"], one["laboratories"], one["with_gaps"]) for one in whole["kinds"]] == [
        ("disease-control", 1, 0),
        ("third-party", 1, 1),
    ]
    part = (await municipality.get("/v1/laboratory-capacity", params={"division": "500104"})).json()
    assert part["tubes_per_day"] == 1_000


async def test_a_team_is_lent_once_and_comes_back(
    municipality: httpx.AsyncClient, neighbour: httpx.AsyncClient
) -> None:
    now = datetime.now(UTC)
    assert (await municipality.post("/v1/laboratory-loans", json=a_loan(now))).status_code == 422
    for code in (CDC, HOSPITAL, THIRD_PARTY):
        await municipality.put(f"/v1/laboratories/{code}", json=a_laboratory())
    lent = await municipality.post("/v1/laboratory-loans", json=a_loan(now))
    again = await municipality.post("/v1/laboratory-loans", json=a_loan(now))
    assert (lent.status_code, again.status_code) == (201, 200)
    assert (lent.json()["verdict"], again.json()["verdict"]) == ("stored", "duplicate")
    other = a_loan(now, reference="loan-2", borrower=THIRD_PARTY)
    assert (await municipality.post("/v1/laboratory-loans", json=other)).status_code == 409
    assert (await municipality.post("/v1/laboratory-loans", json=a_loan(now, people=7))).status_code == 409
    abroad = a_loan(now, reference="loan-3", lender=THIRD_PARTY)
    assert (await neighbour.post("/v1/laboratory-loans", json=abroad)).status_code == 403
    capacities = {
        one["code"]: one["capacity"]["tubes_per_day"]
        for one in (await municipality.get("/v1/laboratories")).json()["items"]
    }
    assert capacities == {CDC: 1_300, HOSPITAL: 700, THIRD_PARTY: 1_000}
    loan_id = lent.json()["loan_id"]
    assert (await neighbour.get("/v1/laboratory-loans")).json()["items"] == []
    assert (await neighbour.post(f"/v1/laboratory-loans/{loan_id}/end", json={})).status_code == 404
    early = {"ended_at": (now - timedelta(days=1)).isoformat()}
    assert (await municipality.post(f"/v1/laboratory-loans/{loan_id}/end", json=early)).status_code == 422
    ended = (await municipality.post(f"/v1/laboratory-loans/{loan_id}/end", json={})).json()
    repeated = (await municipality.post(f"/v1/laboratory-loans/{loan_id}/end", json={})).json()
    assert ended["ended_at"] == repeated["ended_at"]
    assert (await municipality.get(f"/v1/laboratories/{CDC}")).json()["capacity"]["tubes_per_day"] == 1_000
    later = {**other, "from_at": datetime.now(UTC).isoformat()}
    assert (await municipality.post("/v1/laboratory-loans", json=later)).status_code == 201
    lasting = (await municipality.get("/v1/laboratory-loans", params={"lasting": True})).json()["items"]
    assert [one["reference"] for one in lasting] == ["loan-2"]
    assert len((await municipality.get("/v1/laboratory-loans")).json()["items"]) == 2
