"""Daily and zero reports through the real door."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.reporting import DailyReportAbnormal, DailyReportFiled
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.reporting.builders import a_daily_report
from tests.reporting.conftest import Office

pytestmark = pytest.mark.requirement("daily-report")

PATH = "/v1/daily-reports"


async def file(office: Office, **changes: Any) -> httpx.Response:
    return await office.client.post(PATH, json=a_daily_report(**changes))


async def test_figures_are_filed_once_and_told_once(office: Office) -> None:
    first, again = await file(office), await file(office)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["verdict"], again.json()["verdict"]) == ("stored", "duplicate")
    assert first.json()["due_at"] == "2021-02-01T09:00:00Z"
    (event,) = await office.told()
    assert isinstance(event, DailyReportFiled)
    assert (event.unit, str(event.day), event.division) == (A_VILLAGE, "2021-02-01", A_VILLAGE)
    assert (event.zero, event.abnormal) == (False, False)
    assert event.occurred_at == office.clock.now()


async def test_zero_is_said_in_so_many_words(office: Office) -> None:
    answer = await file(office, figures=None, zero=True)
    assert answer.status_code == 201
    (event,) = await office.told()
    assert event.zero is True
    (filed,) = (await office.client.get(PATH, params={"day": "2021-02-01"})).json()["items"]
    assert (filed["revisions"][0]["zero"], filed["revisions"][0]["figures"]) == (True, None)


async def test_a_later_filing_corrects_and_never_moves_the_receipt(office: Office) -> None:
    filed_at = office.clock.now()
    first = await file(office)
    office.clock.advance(timedelta(hours=20))
    second = await file(office, figures=None, zero=True)
    back = await file(office)
    assert [answer.json()["verdict"] for answer in (second, back)] == ["corrected", "corrected"]
    assert back.json()["revision"] == 3
    assert back.json()["report_id"] == first.json()["report_id"]
    (filed,) = (await office.client.get(PATH, params={"day": "2021-02-01"})).json()["items"]
    assert [entry["zero"] for entry in filed["revisions"]] == [False, True, False]
    assert filed["filed_at"] == filed_at.isoformat().replace("+00:00", "Z")
    assert filed["on_time"] is True
    assert len(await office.told()) == 1


async def test_what_is_abnormal_is_told_at_once_by_a_correction_too(office: Office) -> None:
    await file(office, abnormal=True, note="隔离点有人发热")
    office.clock.advance(timedelta(hours=1))
    await file(office)
    await file(office, abnormal=True, note="又有一人")
    told = await office.told()
    assert [type(event) for event in told] == [DailyReportAbnormal, DailyReportFiled, DailyReportAbnormal]
    assert told[1].abnormal is True
    assert told[2].occurred_at == office.clock.now()
    said = "".join(event.model_dump_json() for event in told)
    assert "发热" not in said
    assert "赵" not in said


DAYS = [
    ("2021-02-01T09:00:00+00:00", "2021-02-01", 201),
    ("2021-02-01T09:00:00+00:00", "2021-02-02", 422),
    ("2021-02-01T09:00:00.000001+00:00", "2021-02-02", 201),
    ("2021-02-01T09:00:00+00:00", "2021-01-01", 201),
    ("2021-02-01T09:00:00+00:00", "2020-12-31", 422),
    ("2021-02-01T09:00:00+00:00", "0001-01-01", 422),
    ("2021-02-01T09:00:00+00:00", "9999-12-31", 422),
]


async def test_which_days_can_be_reported(office: Office) -> None:
    for now, day, status in DAYS:
        office.clock.set(datetime.fromisoformat(now))
        answer = await file(office, day=day)
        assert answer.status_code == status, (now, day, answer.text)
        if status == 422:
            assert [problem["field"] for problem in answer.json()["problems"]] == ["day"]
    assert len(await office.rows("SELECT 1 FROM daily_report")) == 3


@pytest.mark.parametrize(
    ("second", "on_time"), [(0, True), (0.000001, False), (-1, True)], ids=["at-17", "after", "before"]
)
async def test_exactly_the_hour_is_on_time(office: Office, second: float, on_time: bool) -> None:
    office.clock.advance(timedelta(hours=8, seconds=second))
    await file(office)
    (filed,) = (await office.client.get(PATH, params={"day": "2021-02-01"})).json()["items"]
    assert filed["on_time"] is on_time


GOOD = {"new_returnees": 3, "under_quarantine": 12, "symptomatic": 0, "tests_done": 40}


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"zero": True}, "zero"),
    ({"figures": None}, "figures"),
    ({"figures": None, "zero": False}, "figures"),
    ({"figures": {}}, "figures.new_returnees"),
    ({"figures": {**GOOD, "new_returnees": -1}}, "figures.new_returnees"),
    ({"figures": {**GOOD, "new_returnees": 1.5}}, "figures.new_returnees"),
    ({"figures": {**GOOD, "new_returnees": "3"}}, "figures.new_returnees"),
    ({"figures": {**GOOD, "new_returnees": True}}, "figures.new_returnees"),
    ({"figures": {**GOOD, "new_returnees": 10**30}}, "figures.new_returnees"),
    ({"figures": {"new_returnees": 1}}, "figures.tests_done"),
    ({"figures": {**GOOD, "rumours": 1}}, "figures.rumours"),
    ({"unit": "500104102999"}, "unit"),
    ({"unit": "town"}, "unit"),
    ({"day": "01.02.2021"}, "day"),
    ({"day": "2021-02-30"}, "day"),
    ({"day": "2021-02-01T00:00:00"}, "day"),
    ({"day": 1612137600}, "day"),
    ({"abnormal": "yes"}, "abnormal"),
    ({"note": ""}, "note"),
    ({"note": "x" * 2001}, "note"),
    ({"reporter": None}, "reporter"),
    ({"recorded_at": "2021-02-01T10:00:00"}, "recorded_at"),
    ({"recorded_at": "2021-02-01T10:00:00+08:00"}, "recorded_at"),
]


async def test_a_bad_field_is_refused_and_nothing_is_stored(office: Office) -> None:
    for change, field in BAD_FIELDS:
        answer = await file(office, **change)
        assert answer.status_code == 422, (change, answer.text)
        assert field in [problem["field"] for problem in answer.json()["problems"]], change
    assert await office.rows("SELECT 1 FROM daily_report") == []
    assert await office.told() == []


async def test_filings_at_the_same_moment_are_one_filing_and_corrections(office: Office) -> None:
    answers = await asyncio.gather(
        *(file(office, figures={**GOOD, "tests_done": number}) for number in range(10))
    )
    assert sorted(answer.json()["verdict"] for answer in answers) == ["corrected"] * 9 + ["stored"]
    assert sorted(answer.json()["revision"] for answer in answers) == list(range(1, 11))
    assert len(await office.told_of(DailyReportFiled)) == 1


async def test_who_has_not_filed_is_missing_and_never_zero(office: Office) -> None:
    await file(office)
    await file(office, unit=JIANSHENG, figures=None, zero=True)
    query = {"day": "2021-02-01", "division": JIANSHENG, "limit": 5}
    page = (await office.client.get(f"{PATH}/missing", params=query)).json()
    assert page["counts"] == {
        "township": {"units": 1, "filed": 1, "missing": 0},
        "village": {"units": 12, "filed": 1, "missing": 11},
    }
    assert (page["due_at"], page["is_over"]) == ("2021-02-01T09:00:00Z", False)
    assert page["items"][0]["full_name"].startswith("重庆市大渡口区建胜镇")
    seen = [item["unit"] for item in page["items"]]
    while page["next"]:
        page = (await office.client.get(page["next"])).json()
        seen += [item["unit"] for item in page["items"]]
    assert len(seen) == 11
    assert seen == sorted(set(seen))
    assert not {A_VILLAGE, JIANSHENG} & set(seen)


async def test_before_anybody_filed_everybody_is_missing(office: Office) -> None:
    page = (await office.client.get(f"{PATH}/missing", params={"day": "2021-02-01"})).json()
    counts = {level: count["missing"] for level, count in page["counts"].items()}
    assert counts == {"municipality": 1, "district": 38, "township": 1031, "village": 11270}
    assert page["items"][0]["unit"] == "500000"


BAD_QUESTIONS = [
    ({}, "day"),
    ({"day": "2021-02-02"}, "day"),
    ({"day": "9999-12-31"}, "day"),
    ({"day": "today"}, "day"),
    ({"day": "2021-02-01", "division": "5"}, "division"),
]


async def test_a_bad_question_is_refused_by_name(office: Office) -> None:
    for query, field in BAD_QUESTIONS:
        answer = await office.client.get(f"{PATH}/missing", params=query)
        assert answer.status_code == 422, (query, answer.text)
        assert field in [problem["field"] for problem in answer.json()["problems"]], query


async def test_filed_reports_come_in_pages_of_the_subtree(office: Office) -> None:
    villages = [f"500104102{number:03}" for number in (1, 2)]
    for unit in [*villages, JIANSHENG, OUTSIDE]:
        await file(office, unit=unit)
    await file(office, unit=villages[0], figures=None, zero=True)
    await file(office, unit=villages[0], day="2021-01-31")
    seen: list[str] = []
    address: str | None = f"{PATH}?day=2021-02-01&division={JIANSHENG}&limit=2"
    while address:
        page = (await office.client.get(address)).json()
        seen += [item["unit"] for item in page["items"]]
        address = page["next"]
    assert seen == [JIANSHENG, *villages]


async def test_a_key_reaches_its_own_subtree_only(office: Office) -> None:
    await file(office)
    scopes = ("daily-reports:read", "daily-reports:write")
    inside, outside = await office.key(JIANSHENG, *scopes), await office.key(OUTSIDE, *scopes)
    unscoped = await office.key(JIANSHENG, "cases:read", "cases:write")
    reader = await office.key(JIANSHENG, "daily-reports:read")
    query = {"day": "2021-02-01"}
    body = a_daily_report(unit=ANOTHER_VILLAGE)

    async def statuses(headers: dict[str, str]) -> list[int]:
        return [
            (await office.client.get(PATH, params=query, headers=headers)).status_code,
            (await office.client.get(f"{PATH}/missing", params=query, headers=headers)).status_code,
            (await office.client.post(PATH, json=body, headers=headers)).status_code,
        ]

    assert await statuses({"authorization": ""}) == [401, 401, 401]
    assert await statuses(unscoped) == [403, 403, 403]
    assert await statuses(reader) == [200, 200, 403]
    assert await statuses(outside) == [200, 200, 403]
    assert await statuses(inside) == [200, 200, 201]
    assert (await office.client.get(PATH, params=query, headers=outside)).json()["items"] == []
    beside = {**query, "division": A_VILLAGE}
    assert (await office.client.get(f"{PATH}/missing", params=beside, headers=outside)).status_code == 403
    missing = (await office.client.get(f"{PATH}/missing", params=query, headers=inside)).json()
    assert missing["counts"]["village"] == {"units": 12, "filed": 2, "missing": 10}
