"""Who sees which cases: scopes, subtrees, filters and pages."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.reporting.actions.open_cases import open_cases
from services.reporting.rules.case_facts import case_id_of
from tests.builders import ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.reporting.builders import a_positive, a_report, a_review
from tests.reporting.conftest import Office
from tests.reporting.statements import an_open_case, refused_fields, report


async def test_a_key_reaches_its_own_subtree_only(office: Office) -> None:
    case_id = await an_open_case(office)
    inside = await office.key(JIANSHENG, "cases:read", "cases:write")
    neighbour = await office.key(ANOTHER_VILLAGE, "cases:read", "cases:write")
    reader = await office.key(JIANSHENG, "cases:read")
    other = await office.key(JIANSHENG, "daily-reports:read", "daily-reports:write", "results:write")
    now = office.clock.now()
    calls = [
        ("GET", "/v1/cases", None),
        ("GET", f"/v1/cases/{case_id}", None),
        ("POST", f"/v1/cases/{case_id}/approval", None),
        ("POST", f"/v1/cases/{case_id}/review", a_review(now)),
        ("POST", f"/v1/cases/{case_id}/report", a_report(now)),
    ]

    async def statuses(headers: dict[str, str]) -> list[int]:
        return [
            (await office.client.request(method, path, json=body, headers=headers)).status_code
            for method, path, body in calls
        ]

    assert await statuses({"authorization": ""}) == [401] * 5
    assert await statuses(other) == [403] * 5
    assert await statuses(reader) == [200, 200, 403, 403, 403]
    assert await statuses(neighbour) == [200, 404, 404, 404, 404]
    assert await statuses(inside) == [200, 200, 409, 409, 201]
    assert (await office.client.get("/v1/cases", headers=neighbour)).json()["items"] == []


async def listed(office: Office, **query: Any) -> list[str]:
    answer = await office.client.get("/v1/cases", params=query)
    assert answer.status_code == 200, answer.text
    return [item["case_id"] for item in answer.json()["items"]]


async def test_the_list_filters(office: Office) -> None:
    village = str(await an_open_case(office))
    outside = str(await an_open_case(office, division=OUTSIDE))
    hospital = str(await an_open_case(office, institution="500104-h01"))
    await report(office, UUID(hospital))
    second_at = office.clock.now() - timedelta(hours=2)
    assert await listed(office) == [hospital, outside, village]
    assert await listed(office, division=JIANSHENG) == [hospital, village]
    assert await listed(office, state="opened") == [outside, village]
    assert await listed(office, state="reported") == [hospital]
    assert await listed(office, state="withdrawn") == []
    assert await listed(office, institution="500104-h01") == [hospital]
    assert await listed(office, positive_since=second_at.isoformat()) == [hospital, outside]
    assert await listed(office, positive_until=second_at.isoformat()) == [village]
    assert await listed(office, positive_since="2021-02-01T10:00:00+08:00") == [hospital, outside]


BAD_FILTERS = [
    ({"division": "500104102999"}, 422, "division"),
    ({"institution": "elsewhere"}, 422, "institution"),
    ({"state": "closed"}, 422, "state"),
    ({"positive_since": "2021-02-01T10:00:00"}, 422, "positive_since"),
    ({"positive_until": "soon"}, 422, "positive_until"),
    ({"positive_until": ""}, 422, "positive_until"),
    ({"division": ""}, 422, "division"),
    ({"institution": ""}, 422, "institution"),
    ({"limit": "0"}, 422, "limit"),
    ({"limit": "100000"}, 422, "limit"),
    ({"limit": "many"}, 422, "limit"),
    ({"cursor": "AAAA"}, 400, "cursor"),
]


async def test_a_bad_filter_is_refused_by_name(office: Office) -> None:
    for query, status, field in BAD_FILTERS:
        answer = await office.client.get("/v1/cases", params=query)
        assert answer.status_code == status, (query, answer.text)
        assert field in refused_fields(answer), query


async def test_pages_show_every_case_once(office: Office) -> None:
    same_moment = [a_positive(office.clock.now()) for _ in range(7)]
    earlier = [a_positive(office.clock.now() - timedelta(hours=1)) for _ in range(4)]
    await open_cases(office.database, [*earlier, *same_moment], now=office.clock.now())
    seen: list[str] = []
    address: str | None = "/v1/cases?limit=3&division=500104"
    while address:
        page = (await office.client.get(address)).json()
        assert len(page["items"]) <= 3
        seen += [item["case_id"] for item in page["items"]]
        address = page["next"]
        if address:  # what is opened meanwhile shifts nothing
            fresh = a_positive(office.clock.advance(timedelta(minutes=1)))
            await open_cases(office.database, [fresh], now=office.clock.now())
    assert len(seen) == 11
    assert set(seen) == {str(case_id_of(one.sample_id)) for one in [*earlier, *same_moment]}
