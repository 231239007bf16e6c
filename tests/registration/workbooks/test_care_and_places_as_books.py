"""Health reports, the grid, cold-chain lots and gatherings as offices keep them in Excel."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import pytest

from services.registration.exported_lists import EXPORTED_OF_DAYS
from services.registration.exporting import heading_of
from services.registration.workbook_ledgers import IMPORTERS
from shared.clock import SHANGHAI
from shared.policy import load_pack
from shared.settings import PROJECT
from tests.builders import A_VILLAGE, JIANSHENG, OUTSIDE
from tests.registration.people.builders import card_number
from tests.registration.people.statements import a_person_statement
from tests.registration.places.statements import a_code, a_place
from tests.registration.workbooks.books import a_book, rows_of, send

NOW = datetime.now(UTC).astimezone(SHANGHAI).replace(tzinfo=None)
MEASURED = NOW.replace(second=0, microsecond=0) - timedelta(minutes=1)
TODAY = MEASURED.date().isoformat()


def verdicts(receipt: dict[str, Any]) -> list[str]:
    return [row["verdict"] for row in receipt["rows"]]


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda one: one.name)
async def test_the_template_of_every_ledger_is_read_again(town: httpx.AsyncClient, importer: Any) -> None:
    (head,) = rows_of(await town.get(f"/v1/{importer.name}/workbook"))
    answer = (await send(town, importer.name, a_book(head))).json()
    assert (answer["rows"], answer["unknown_headings"]) == ([], [])


HEALTH = ["序号", "姓名", "身份证号", "体温℃", "症状", "测量时间", "报告人"]


@pytest.mark.requirement("health-monitoring")
async def test_a_ledger_of_health_reports_names_people_by_their_cards(town: httpx.AsyncClient) -> None:
    ids = [
        (await town.post("/v1/people", json=a_person_statement(number))).json()["person_id"]
        for number in (1, 2, 3)
    ]
    book = a_book(
        ["建胜镇健康日报"],
        HEALTH,
        [1, "甲", card_number(1), 36.5, "无", MEASURED, "网格员"],
        [2, "乙", card_number(2), "38.4℃", "发热、咳嗽", MEASURED, "本人"],
        [3, "丙", card_number(9), 36.5, None, MEASURED, None],
        [4, "丁", None, 36.5, None, MEASURED, None],
        [5, "戊", card_number(3), 63.5, None, MEASURED, None],
        [6, "己", card_number(3), 36.8, None, NOW + timedelta(days=2), None],
    )
    receipt = (await send(town, "health-reports", book)).json()
    assert verdicts(receipt) == ["stored", "stored", "refused", "refused", "refused", "refused"]
    fields = [[problem["field"] for problem in row["problems"]] for row in receipt["rows"][2:]]
    assert fields == [["identity.number"], ["identity"], ["temperature_celsius"], ["measured_at"]]
    assert receipt["unknown_headings"] == ["序号", "姓名"]
    again = (await send(town, "health-reports", book)).json()
    assert verdicts(again)[:2] == ["duplicate", "duplicate"]
    lines = (await town.get(f"/v1/health-reports/export?format=ndjson&day={TODAY}")).text.splitlines()
    reports = {json.loads(line)["person_id"]: json.loads(line) for line in lines}
    assert set(reports) == set(ids[:2])
    assert reports[ids[1]]["symptoms"] == ["cough", "fever"]
    assert reports[ids[1]]["reporter"] == "self"
    episodes = (await town.get("/v1/symptom-episodes")).json()["items"]
    assert [one["person_id"] for one in episodes] == [ids[1]]


@pytest.mark.requirement("health-monitoring")
async def test_reports_and_missed_days_are_taken_away_day_by_day(
    town: httpx.AsyncClient, database_url: str
) -> None:
    person = (await town.post("/v1/people", json=a_person_statement(1))).json()["person_id"]
    other = (await town.post("/v1/people", json=a_person_statement(2))).json()["person_id"]
    row = [card_number(1), 36.5, MEASURED]
    assert (await send(town, "health-reports", a_book(["身份证号", "体温", "测量时间"], row))).json()[
        "stored"
    ] == 1
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "registration"})
    try:
        await connection.execute(
            "INSERT INTO health_day (person_id, day, division, opened_at) VALUES ($1, $2, $3, $4)",
            other,
            MEASURED.date(),
            A_VILLAGE,
            datetime.now(UTC),
        )
    finally:
        await connection.close()
    for exported in EXPORTED_OF_DAYS:
        head, *rows = rows_of(await town.get(f"/v1/{exported.name}/export?day={TODAY}"))
        assert head == [heading_of(field) for field in exported.view.model_fields]
        assert [field for field in exported.view.model_fields if heading_of(field) == field] == []
        assert [person if exported.name == "health-reports" else other] == [
            row[head.index(heading_of("person_id"))] for row in rows
        ]
        nothing = await town.get(f"/v1/{exported.name}/export?day=2021-02-01&format=ndjson")
        assert nothing.text == ""
        outside = await town.get(f"/v1/{exported.name}/export?division={OUTSIDE}")
        assert outside.status_code == 403


GRID = ["编号", "姓名", "电话", "所属单位代码", "职务", "负责村社区代码", "楼栋", "是否在岗"]


@pytest.mark.requirement("responsibility-grid")
async def test_the_grid_comes_as_a_workbook(town: httpx.AsyncClient) -> None:
    book = a_book(
        GRID,
        ["w-1", "王一", "13800000001", JIANSHENG, "网格员", A_VILLAGE, "3", None],
        ["w-1", "王一", "13800000001", JIANSHENG, "村干部", A_VILLAGE, None, None],
        ["w-2", "李二", "13800000002", JIANSHENG, "镇干部", JIANSHENG, None, None],
        ["w-2", "李三", "13800000003", JIANSHENG, "民警", JIANSHENG, None, None],
        ["w-4", "赵四", "13800000004", JIANSHENG, "镇长", JIANSHENG, None, None],
        ["w-4", "赵四", "13800000004", JIANSHENG, "村医", A_VILLAGE, None, None],
        ["w-5", "钱五", "13800000005", OUTSIDE, "民警", A_VILLAGE, None, None],
        [None, "孙六", "13800000006", JIANSHENG, "网格员", JIANSHENG, None, None],
        [None, "周七", "13800000007", JIANSHENG, "民警", A_VILLAGE, None, None],
    )
    receipt = (await send(town, "grid", book)).json()
    assert verdicts(receipt) == [
        *("stored", "stored", "stored", "refused", "refused", "stored", "refused", "refused", "stored")
    ]
    fields = [[one["field"] for one in row["problems"]] for row in receipt["rows"] if row["problems"]]
    assert fields == [["id"], ["role"], ["division"], ["division"]]
    assert verdicts((await send(town, "grid", book)).json()).count("duplicate") == 5
    people = {one["id"]: one for one in (await town.get("/v1/grid/people")).json()["items"]}
    assert people["w-1"]["roles"] == ["grid-worker", "village-cadre"]
    (village,) = (await town.get("/v1/grid", params={"division": A_VILLAGE})).json()["items"]
    held = {level["role"]: [one["id"] for one in level["held_by"]] for level in village["levels"]}
    assert held == {"district-leader": [], "town-cadre": ["w-2"], "village-cadre": ["w-1"]}
    assert village["parts"][0]["held_by"] == [{"id": "w-1", "role": "grid-worker"}]

    later = ["w-1", "王一", "13800000001", JIANSHENG, "村书记", A_VILLAGE, None, None]
    assert verdicts((await send(town, "grid", a_book(GRID, later))).json()) == ["stored"]
    people = {one["id"]: one for one in (await town.get("/v1/grid/people")).json()["items"]}
    assert people["w-1"]["roles"] == ["grid-worker", "village-cadre", "village-secretary"]
    left = ["w-2", "李二", "13800000002", JIANSHENG, "镇干部", JIANSHENG, None, "否"]
    assert verdicts((await send(town, "grid", a_book(GRID, left))).json()) == ["stored"]
    (village,) = (await town.get("/v1/grid", params={"division": A_VILLAGE})).json()["items"]
    assert village["missing_levels"] == ["district-leader", "town-cadre"]


LOTS = [
    "场所编号",
    "批次号",
    "品名",
    "原产国",
    "数量",
    "单位",
    "检疫证明",
    "核酸报告",
    "消毒证明",
    "渝溯源编号",
]


@pytest.mark.requirement("cold-chain-four-proofs")
async def test_lots_come_with_a_column_for_each_proof(town: httpx.AsyncClient) -> None:
    shop = a_code()
    assert (await town.put(f"/v1/places/{shop}", json=a_place(kind="shop"))).status_code == 201
    book = a_book(
        LOTS,
        [shop, "LOT-1", "冷冻牛肉", "巴西", 12.5, "公斤", "JY-1", "HS-1", "XD-1", "YSY-1"],
        [shop, "LOT-2", "冷冻虾", "厄瓜多尔", 3, "箱", "JY-2", None, "XD-2", None],
        ["P-nowhere-1", "LOT-3", "冷冻虾", "厄瓜多尔", 3, "箱", None, None, None, None],
        [shop, "LOT-4", "冷冻虾", "厄瓜多尔", 0, "箱", None, None, None, None],
    )
    receipt = (await send(town, "cold-chain-lots", book)).json()
    assert verdicts(receipt) == ["stored", "stored", "refused", "refused"], receipt
    fields = [[one["field"] for one in row["problems"]] for row in receipt["rows"][2:]]
    assert fields == [["place"], ["amount"]]
    lots = {one["number"]: one for one in (await town.get("/v1/cold-chain-lots")).json()["items"]}
    assert (lots["LOT-1"]["state"], lots["LOT-1"]["unit"]) == ("cleared", "kg")
    lacks = {one["kind"] for one in lots["LOT-2"]["lacks"]}
    assert (lots["LOT-2"]["state"], lacks) == ("blocked", {"nucleic-acid-report", "tracing-record"})
    assert verdicts((await send(town, "cold-chain-lots", book)).json())[:2] == ["duplicate", "duplicate"]


def test_every_proof_and_kind_of_the_policy_can_be_written_in_a_ledger() -> None:
    law = load_pack(PROJECT / "policies" / "chongqing-2021-winter").places
    assert law is not None
    columns = {one.name: {column.field: column for column in one.columns.columns} for one in IMPORTERS}
    for proof in law.cold_chain.proofs:
        assert f"proof.{proof.id}.document" in columns["cold-chain-lots"]
    assert set(law.cold_chain.units) <= set(columns["cold-chain-lots"]["unit"].values.values())
    assert {kind.id for kind in law.gatherings.kinds} == set(columns["gatherings"]["kind"].values.values())


GATHERINGS = [
    "村社区代码",
    "活动类别",
    "举办地点",
    "人数",
    "开始时间",
    "结束时间",
    "主办人",
    "主办人电话",
    "方案编号",
]


@pytest.mark.requirement("gatherings")
async def test_gatherings_come_as_a_workbook_and_are_judged_each(town: httpx.AsyncClient) -> None:
    begins, ends = NOW + timedelta(days=1), NOW + timedelta(days=1, hours=3)
    whoever = ["李明", "13900139000"]
    book = a_book(
        GATHERINGS,
        [A_VILLAGE, "会议", "村民活动室", 20, begins, ends, *whoever, None],
        [A_VILLAGE, "会议", "文化广场", 80, begins, ends, *whoever, "PLAN-2021-7"],
        [A_VILLAGE, "庙会", "文化广场", 10, begins, ends, *whoever, None],
        [OUTSIDE, "会议", "村民活动室", 20, begins, ends, *whoever, None],
        [A_VILLAGE, "会议", "村民活动室", 20, ends, begins, *whoever, None],
        [A_VILLAGE, "赶集", "村民活动室", 20, begins, ends, *whoever, None],
    )
    receipt = (await send(town, "gatherings", book)).json()
    assert verdicts(receipt) == ["stored", "stored", "refused", "refused", "refused", "refused"]
    fields = [[one["field"] for one in row["problems"]] for row in receipt["rows"][2:]]
    assert fields == [["kind"], ["division"], ["until"], ["kind"]]
    states = {one["people"]: one["state"] for one in (await town.get("/v1/gatherings")).json()["items"]}
    assert states == {20: "no-approval-needed", 80: "awaiting-decision"}
    assert verdicts((await send(town, "gatherings", book)).json())[:2] == ["duplicate", "duplicate"]
    more = [A_VILLAGE, "会议", "村民活动室", 60, begins, ends, *whoever, "PLAN-2021-8"]
    assert verdicts((await send(town, "gatherings", a_book(GATHERINGS, more))).json()) == ["stored"]
    states = {one["people"]: one["state"] for one in (await town.get("/v1/gatherings")).json()["items"]}
    assert states == {60: "awaiting-decision", 80: "awaiting-decision"}
