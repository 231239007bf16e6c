"""What is said of the wrong time or place is refused with its field, at both sides of each limit."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.jetstream import SERVICES
from tests.builders import ANOTHER_VILLAGE
from tests.keys import a_key
from tests.system.campaign_doors import CAMPAIGN_LISTS
from tests.system.doors import NEEDED, Attacked, Door, doors_of, rows_of, trouble_with
from tests.system.due_doors import DUE_LISTS
from tests.system.laboratory_doors import LABORATORY_LISTS
from tests.system.place_doors import PLACE_LISTS
from tests.system.platform import ORIGIN
from tests.system.site_doors import SITE_LISTS
from tests.system.standing import STILL, Standing
from tests.system.surveillance_doors import SURVEILLANCE_LISTS
from tests.system.tube_doors import TUBE_LISTS

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("standing")]

FIVE_MINUTES = timedelta(minutes=5)
AN_INSTANT_MORE = timedelta(microseconds=1)
NO_TIMES: dict[str, Any] = {
    "naive": "2021-02-01T08:00:00",
    "a date": "2021-02-01",
    "a number": 1_612_137_600,
    "a huge number": 10**30,
    "a leap second": "2016-12-31T23:59:60Z",
    "the year 0": "0000-01-01T00:00:00Z",
    "before the first instant": "0001-01-01T00:00:00+14:00",
    "the last instant of 1999": "1999-12-31T23:59:59.999999+08:00",
    "the last instant of 1999 by another clock": "1999-12-31T15:59:59.999999Z",
    "a century ago": "1921-02-01T08:00:00+08:00",
    "after the last instant": "9999-12-31T23:59:59.999999-14:00",
    "no such day": "2021-02-29T00:00:00Z",
    "no such offset": "2021-02-01T08:00:00+99:99",
    "other digits": "٢٠٢١-02-01T08:00:00Z",
    "text around it": " 2021-02-01T08:00:00Z",
    "a list": ["2021-02-01T08:00:00Z"],
}
OF_ANOTHER_PROVINCE = "110000"
NO_DIVISIONS: dict[str, Any] = {
    "unknown": "500104999",
    "of another province": OF_ANOTHER_PROVINCE,
    "other digits": "50010410200١",
    "too short": "50010",
    "with a line break": "500104102001\n",
    "a number": 500104102001,
}


def _lists_of(service: str) -> list[str]:
    return {
        "testing": [*LABORATORY_LISTS, *DUE_LISTS, *TUBE_LISTS, *CAMPAIGN_LISTS],
        "registration": [
            "/v1/returns",
            "/v1/symptom-reports",
            "/v1/transfers",
            *PLACE_LISTS,
            *SURVEILLANCE_LISTS,
            *SITE_LISTS,
        ],
        "reporting": [
            "/v1/cases",
            "/v1/daily-reports?day=2021-02-01",
            "/v1/daily-reports/missing?day=2021-02-01",
        ],
        "alerts": ["/v1/clocks", "/v1/pages", "/v1/duty/people", "/v1/duty/shifts", "/v1/duty/gaps"],
    }[service]


def _cases_of_no_time(door: Door) -> Iterator[tuple[str, str, Any]]:
    for instant in door.instants:
        for name, value in NO_TIMES.items():
            yield instant, name, value
    if door.service != "alerts":  # a shift may begin at any time
        for instant in door.instants:
            yield instant, "an instant too far ahead", (ORIGIN + FIVE_MINUTES + AN_INSTANT_MORE).isoformat()
            yield instant, "the last instant", "9999-12-31T23:59:59.999999Z"


async def _no_times_taken(attacked: Attacked, service: str) -> list[str]:
    wrong: list[str] = []
    for door in doors_of(service):
        for instant, name, value in _cases_of_no_time(door):
            answer = await attacked.send(door, {**door.body(attacked.now), instant: value})
            if trouble := trouble_with(answer, 422, field=instant):
                wrong.append(f"{door.path} {instant} {name}: {trouble}")
    return wrong


async def _no_places_taken(attacked: Attacked, service: str) -> list[str]:
    wrong: list[str] = []
    for door in doors_of(service):
        good = door.body(attacked.now)
        cases = [(name, kind, value) for name in door.divisions for kind, value in NO_DIVISIONS.items()]
        cases += [(name, "unknown", "500104-nobody") for name in door.institutions]
        for name, kind, value in cases:
            answer = await attacked.send(door, {**good, name: value})
            # what lies outside the caller's subtree is forbidden before anybody looks whether it exists
            if answer.status_code == 403 and value == OF_ANOTHER_PROVINCE:
                continue
            if trouble := trouble_with(answer, 422, field=name):
                wrong.append(f"{door.path} {name} {kind}: {trouble}")
    return wrong


async def _no_places_listed(attacked: Attacked, service: str) -> list[str]:
    wrong: list[str] = []
    client = attacked.platform.clients[service]
    for path in _lists_of(service):
        for value in ("500104999", "500104%0A", "50010%D9%A3", "", "%25", "500104_02", "500104102001%20"):
            answer = await client.get(f"{path}{'&' if '?' in path else '?'}division={value}")
            if trouble := trouble_with(answer, 422, field="division"):
                wrong.append(f"{path} {value}: {trouble}")
    return wrong


@pytest.mark.parametrize("service", NEEDED)
async def test_no_time_and_no_place_are_refused_by_field_and_nothing_is_stored(
    service: str, standing: Standing
) -> None:
    rate = 1.0 if service == "alerts" else STILL
    attacked, database_url = await standing.attacked(*NEEDED[service], rate=rate)
    before = await rows_of(database_url, service)
    wrong = [
        *await _no_times_taken(attacked, service),
        *await _no_places_taken(attacked, service),
        *await _no_places_listed(attacked, service),
    ]
    assert not wrong, "\n".join(wrong)
    assert await rows_of(database_url, service) == before
    await attacked.platform.close()


AT_THE_LIMIT: dict[str, tuple[str, ...]] = {
    "/v1/results": ("sampled_at", "resulted_at", "recorded_at"),
    "/v1/samples/{sample}/corrections": ("occurred_at", "recorded_at"),
    "/v1/returns": ("arrived_at", "registered_at", "recorded_at"),
    "/v1/symptom-reports": ("seen_at", "reported_at", "recorded_at"),
    "/v1/transfers": ("decided_at", "arrived_at", "recorded_at"),
    "/v1/cases/{case}/report": ("occurred_at", "recorded_at"),
    "/v1/cases/{case}/review": ("investigation_started_at", "occurred_at", "recorded_at"),
    "/v1/daily-reports": ("recorded_at",),
}


@pytest.mark.parametrize("service", ["registration", "testing", "reporting"])
async def test_exactly_five_minutes_ahead_is_taken(service: str, standing: Standing) -> None:
    attacked, _ = await standing.attacked(*NEEDED[service], rate=STILL, kept_for="limits")
    limit = (ORIGIN + FIVE_MINUTES).isoformat()
    for door in doors_of(service):
        instants = AT_THE_LIMIT.get(door.path, door.instants)
        if not instants:
            continue
        body = {**door.body(ORIGIN), **dict.fromkeys(instants, limit)}
        answer = await attacked.send(door, body)
        assert answer.status_code in (200, 201), (door.path, answer.text)
    await attacked.platform.close()


async def test_what_ends_before_it_begins_is_refused(standing: Standing) -> None:
    attacked, _ = await standing.attacked(*SERVICES, rate=1.0)
    earlier = (attacked.now - timedelta(days=2)).isoformat()
    ends = {
        "/v1/results": "resulted_at",
        "/v1/samples/{sample}/corrections": "occurred_at",
        "/v1/returns": "registered_at",
        "/v1/symptom-reports": "reported_at",
        "/v1/transfers": "arrived_at",
    }
    with_an_end = [*doors_of("registration"), *doors_of("testing")]
    for door in [door for door in with_an_end if door.path in ends]:
        end = ends[door.path]
        answer = await attacked.send(door, {**door.body(attacked.now), end: earlier})
        assert trouble_with(answer, 422, field=end) is None, (door.path, answer.text)
    await attacked.platform.close()


async def _seen_by(attacked: Attacked, service: str, path: str, key: str) -> Any:
    headers = {"authorization": f"Bearer {key}"}
    answer = await attacked.platform.clients[service].get(path, headers=headers)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


async def test_a_village_that_asks_for_the_whole_sees_its_own(standing: Standing) -> None:
    attacked, database_url = await standing.attacked(*SERVICES, rate=1.0)
    village = await a_key(database_url, ANOTHER_VILLAGE)
    for service in NEEDED:
        for path in _lists_of(service):
            for above in ("500000", "500104", "500104102", ANOTHER_VILLAGE):
                asked = f"{path}{'&' if '?' in path else '?'}division={above}"
                seen = await _seen_by(attacked, service, asked, village)
                shown = [seen["whole"], *seen["units"]] if "whole" in seen else seen.get("gaps")
                items = seen.get("items", shown)
                if path.startswith("/v1/daily-reports/missing"):
                    assert [item["unit"] for item in items] == [ANOTHER_VILLAGE]
                    assert seen["counts"]["village"]["units"] == 1
                else:
                    assert {item["division"] for item in items} <= {ANOTHER_VILLAGE}, (path, above)
            twice = f"{path}{'&' if '?' in path else '?'}division={ANOTHER_VILLAGE}&division=500000"
            answer = await attacked.platform.clients[service].get(
                twice, headers={"authorization": f"Bearer {village}"}
            )
            assert trouble_with(answer, 422, field="division") is None, (path, answer.text)
    await attacked.platform.close()
