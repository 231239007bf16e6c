"""Plans through the doors: decided with the return, changed with the facts, read out with their reasons."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.registration.actions.plans.rejudge_touched import rejudge_touched
from shared.contracts import registration as told_of
from shared.postgres import Database
from tests.builders import ANOTHER_VILLAGE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.plans.test_risk_areas_over_http import CHONGQING, a_risk_area
from tests.registration.returns.keeping import MEASURES
from tests.registration.returns.stories import (
    DAY,
    HOUR,
    a_person,
    a_stay,
    a_test,
    day_in_shanghai,
    from_county,
    plan_of,
    tell,
)
from tests.registration.statements import a_return

SECOND = timedelta(seconds=1)


@pytest.fixture
async def municipality(town: httpx.AsyncClient, database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a key of the municipality, which keeps the register of risk areas."""
    headers = {"authorization": f"Bearer {await a_key(database_url, CHONGQING)}"}
    transport = town._transport  # pyright: ignore[reportPrivateUsage]  # the same app with another key
    async with httpx.AsyncClient(transport=transport, base_url=town.base_url, headers=headers) as client:
        yield client


async def mark(municipality: httpx.AsyncClient, **changes: Any) -> str:
    """Enter a risk area that stands for the last months, and return its id."""
    since = (datetime.now(UTC) - 60 * DAY).date().isoformat()
    row = a_risk_area(**{"from": since, **changes})
    answer = await municipality.post("/v1/risk-areas", json=row)
    assert answer.status_code == 201, answer.text
    return answer.json()["risk_area_id"]


@pytest.fixture
async def database(
    town: httpx.AsyncClient, service_database_url: Callable[[str], str]
) -> AsyncIterator[Database]:
    """The database of the service, for turns of its duty."""
    opened = await Database.open(service_database_url("registration"), "registration")
    yield opened
    await opened.close()


async def judged_again(
    municipality: httpx.AsyncClient, database: Database, risk_area: str, most: int = 500
) -> dict[str, Any]:
    """Let two processes take turns until everybody has been judged, and return the entry's last change."""

    async def take_turns() -> None:
        while await rejudge_touched(database, MEASURES, now=datetime.now(UTC), most=most):
            pass

    await asyncio.gather(take_turns(), take_turns())
    changes = (await municipality.get(f"/v1/risk-areas/{risk_area}")).json()["changes"]
    assert all(change["finished_at"] for change in changes)
    return changes[-1]


@pytest.mark.requirement("return-proof")
@pytest.mark.parametrize(
    ("age", "rule"),
    [
        (7 * DAY, "returning-worker-with-proof"),
        (7 * DAY + SECOND, "returning-worker-without-proof"),
        (None, "returning-worker-without-proof"),
    ],
)
async def test_a_returning_workers_proof_is_good_for_seven_days_from_sampling(
    town: httpx.AsyncClient, age: timedelta | None, rule: str
) -> None:
    now = datetime.now(UTC)
    arrived = now - HOUR
    proofs = [] if age is None else [a_test(arrived - age)]
    row = a_return(
        now, person=a_person(), returning_worker=True, proofs=proofs, arrived_at=arrived.isoformat()
    )
    plan = await plan_of(town, (await tell(town, row))["person_id"])
    assert (plan["governing_rule"], plan["stage_kind"]) == (rule, "home-monitoring")
    zero = day_in_shanghai(arrived)
    assert (plan["day_zero"], plan["last_day"]) == (zero.isoformat(), (zero + 14 * DAY).isoformat())
    due = [test["due_on"] for test in plan["tests"]]
    assert due[-2:] == [(zero + days * DAY).isoformat() for days in (7, 14)]
    (version,) = plan["versions"]
    (fitted,) = version["decision"]["fitted"]
    assert "渡建胜肺炎组发〔2021〕2号" in fitted["clauses"][0]["zh"]
    assert all(fact["zh"] and fact["en"] for fact in fitted["facts"])


@pytest.mark.requirement("medium-risk-area")
@pytest.mark.parametrize(
    ("age", "stage", "tests"),
    [(3 * DAY, "community-management", 1), (3 * DAY + SECOND, "central-quarantine", 2)],
)
async def test_a_proof_for_a_medium_risk_area_is_good_for_three_days(
    town: httpx.AsyncClient, municipality: httpx.AsyncClient, age: timedelta, stage: str, tests: int
) -> None:
    await mark(municipality)
    now = datetime.now(UTC)
    arrived = now - 3 * HOUR
    row = from_county(now, arrived_at=arrived.isoformat(), proofs=[a_test(arrived - age)])
    plan = await plan_of(town, (await tell(town, row))["person_id"])
    assert (plan["stage_kind"], len(plan["tests"])) == (stage, tests)
    transfers = (await town.get("/v1/transfers")).json()["items"]
    assert len(transfers) == (stage == "central-quarantine")


@pytest.mark.requirement("medium-risk-area")
async def test_a_proof_shown_later_gives_a_new_version_with_what_it_changes(
    town: httpx.AsyncClient, municipality: httpx.AsyncClient, events: EventsOnBus
) -> None:
    await mark(municipality)
    now = datetime.now(UTC)
    told = await tell(town, from_county(now))
    before = await plan_of(town, told["person_id"])
    assert before["stage_kind"] == "central-quarantine"
    proofs = {"proofs": [a_test(now - 2 * DAY)]}
    answer = await town.post(f"/v1/returns/{told['return_id']}/proofs", json=proofs)
    again = await town.post(f"/v1/returns/{told['return_id']}/proofs", json=proofs)
    assert (answer.status_code, again.status_code) == (201, 200)
    after = await plan_of(town, told["person_id"])
    assert (after["plan_id"], after["version"]) == (before["plan_id"], 2)
    assert (after["stage_kind"], after["day_zero"]) == ("community-management", before["day_zero"])
    first, second = after["versions"]
    assert first["difference"] is None
    changed = {change["change"]: change for change in second["difference"]}
    assert {"governing", "stage-added", "stage-dropped", "test-dropped"} <= set(changed)
    assert all(change["zh"] and change["en"] for change in changed.values())
    assert {one["id"] for one in second["decision"]["restrictions"]} == {
        *("no-public-transport", "no-gatherings", "no-enclosed-public-places")
    }
    found = await events(8)
    assert [type(event).__name__ for event in found].count("TestDropped") == 1
    decided = [event for event in found if isinstance(event, told_of.PlanDecided)]
    assert [event.plan_version for event in decided] == [1, 2]
    due = {event.test_id: event.due_on.isoformat() for event in found if isinstance(event, told_of.TestDue)}
    dropped = [event.test_id for event in found if isinstance(event, told_of.TestDropped)]
    assert [day for id_, day in due.items() if id_ not in dropped] == [
        test["due_on"] for test in after["tests"]
    ]
    (transfer,) = [event for event in found if isinstance(event, told_of.CentralQuarantineDecided)]
    assert str(transfer.person_id) == told["person_id"]
    assert transfer.arrived_at == datetime.fromisoformat(told["arrived_at"])
    (needless,) = [event for event in found if isinstance(event, told_of.TransferWithdrawn)]
    assert needless.transfer_id == transfer.transfer_id
    assert needless.reason_code == "plan-without-central-quarantine"


@pytest.mark.requirement("high-risk-area")
async def test_a_risk_area_judges_again_exactly_whom_it_touches(
    town: httpx.AsyncClient, municipality: httpx.AsyncClient, database: Database, database_url: str
) -> None:
    now = datetime.now(UTC)
    zero = day_in_shanghai(now - 3 * HOUR)
    since = zero - 5 * DAY
    touched = [
        from_county(now),
        from_county(now, "130104001"),
        from_county(now, "130100"),  # known by the prefecture alone: it may have been there
        from_county(now, origin="130104", route=None),
        a_return(now, origin="130104"),  # nobody knows who
        a_return(now, person=a_person(), route=[a_stay("130104", since - 3 * DAY, since)]),
    ]
    others = [
        from_county(now, "130105"),
        from_county(now, "110101"),
        a_return(now, person=a_person()),
        a_return(now, person=a_person(), route=[a_stay("130104", since - 3 * DAY, since - DAY)]),
    ]
    told = [await tell(town, row) for row in touched]
    beside = [await tell(town, row) for row in others]
    entry = await mark(municipality, level="high", **{"from": since.isoformat()})
    change = await judged_again(municipality, database, entry)
    assert (change["returns"], change["plans"]) == (6, 5)
    page = (await town.get(f"/v1/risk-areas/{entry}/touched")).json()["items"]
    assert {item["return_id"] for item in page} == {one["return_id"] for one in told}
    for one in told:
        if one["person_id"] is not None:
            plan = await plan_of(town, one["person_id"])
            assert (plan["version"], plan["stage_kind"]) == (2, "central-quarantine")
            assert plan["versions"][1]["cause"] == f"risk-area:{entry}"
    for one in beside:
        assert (await plan_of(town, one["person_id"]))["version"] == 1
    key = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE)}"}
    assert (await town.get(f"/v1/risk-areas/{entry}/touched", headers=key)).json()["items"] == []

    await municipality.post(f"/v1/risk-areas/{entry}/withdraw", json={"reason": "录入有误"})
    assert (await judged_again(municipality, database, entry))["plans"] == 5
    plan = await plan_of(town, told[0]["person_id"])
    assert (plan["version"], plan["governing_rule"]) == (3, "registration-only")


async def test_a_change_goes_on_in_steps_and_lists_everybody(
    town: httpx.AsyncClient, municipality: httpx.AsyncClient, database: Database
) -> None:
    now = datetime.now(UTC)
    rows = [from_county(now) for _ in range(120)]
    assert (await town.post("/v1/returns/batch", json=rows)).json()["stored"] == 120
    entries = await asyncio.gather(*(mark(municipality, level=level) for level in ("medium", "high")))
    for entry in entries:
        assert (await judged_again(municipality, database, entry, most=50))["returns"] == 120
        address: str | None = f"/v1/risk-areas/{entry}/touched?limit=50"
        seen: list[str] = []
        while address is not None:
            page = (await town.get(address)).json()
            seen += [item["return_id"] for item in page["items"]]
            address = page["next"]
        assert len(seen) == len(set(seen)) == 120
    plans = (await town.get("/v1/plans", params={"state": "open", "limit": "500"})).json()["items"]
    assert [plan["stage_kind"] for plan in plans] == ["central-quarantine"] * 120
    assert len((await town.get("/v1/transfers?limit=500")).json()["items"]) == 120


@pytest.mark.requirement("entry-14-7-7")
@pytest.mark.requirement("entry-elsewhere-7-7")
@pytest.mark.parametrize(
    ("place", "with_proof", "kinds"),
    [
        ("here", False, ["central-quarantine", "home-quarantine", "self-management"]),
        ("elsewhere", True, ["home-quarantine", "self-management"]),
        ("elsewhere", False, ["central-quarantine", "home-quarantine", "self-management"]),
    ],
)
async def test_entries_into_the_country(
    town: httpx.AsyncClient, place: str, with_proof: bool, kinds: list[str]
) -> None:
    now = datetime.now(UTC)
    zero = day_in_shanghai(now - 3 * HOUR)
    entered = zero if place == "here" else zero - 15 * DAY
    certificate = {
        "kind": "release-certificate",
        "issued_on": (zero - DAY).isoformat(),
        "institution": "隔离点",
    }
    row = a_return(
        now,
        person=a_person(),
        entry={"entered_on": entered.isoformat(), "place": place},
        proofs=[certificate, a_test(now - 2 * DAY)] if with_proof else [],
    )
    plan = await plan_of(town, (await tell(town, row))["person_id"])
    assert [stage["kind"] for stage in plan["stages"]] == kinds


@pytest.mark.requirement("key-occupations")
async def test_key_occupations_are_tested_on_days_seven_and_fourteen(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    row = a_return(now, person=a_person(occupation="imported-cold-chain"))
    plan = await plan_of(town, (await tell(town, row))["person_id"])
    zero = day_in_shanghai(now - 3 * HOUR)
    assert plan["governing_rule"] == "key-occupations"
    assert [test["due_on"] for test in plan["tests"]] == [(zero + days * DAY).isoformat() for days in (7, 14)]


async def test_plans_are_listed_and_seen_in_their_own_subtree_only(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    told = await tell(town, a_return(now, person=a_person()))
    plan = await plan_of(town, told["person_id"])
    assert (await town.get(f"/v1/plans/{plan['plan_id']}")).json() == plan
    assert [one["plan_id"] for one in (await town.get("/v1/plans")).json()["items"]] == [plan["plan_id"]]
    assert (await town.get("/v1/plans", params={"state": "released"})).json()["items"] == []
    key = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE)}"}
    for path in (f"/v1/plans/{plan['plan_id']}", f"/v1/people/{told['person_id']}/plan"):
        assert (await town.get(path, headers=key)).status_code == 404
    assert (await town.get("/v1/plans", headers=key)).json()["items"] == []
    proofs = {"proofs": [a_test(now - DAY)]}
    path = f"/v1/returns/{told['return_id']}/proofs"
    assert (await town.post(path, json=proofs, headers=key)).status_code == 404
    for wrong in (
        {"proofs": []},
        {"proofs": [a_test(now + HOUR)]},
        {**proofs, "recorded_at": "2999-01-01T00:00:00Z"},
    ):
        assert (await town.post(path, json=wrong)).status_code == 422


async def test_facts_are_judged_without_anybody(
    town: httpx.AsyncClient, municipality: httpx.AsyncClient
) -> None:
    await mark(municipality, level="high")
    now = datetime.now(UTC)
    facts = {
        "arrived_at": (now - HOUR).isoformat(),
        "origin": "130104",
        "returning_worker": True,
        "occupation": "imported-cold-chain",
        "grounds": [{"kind": "drugs-with-symptoms", "began_on": day_in_shanghai(now).isoformat()}],
    }
    decision = (await town.post("/v1/plans/preview", json=facts)).json()
    assert decision["governing"] == "high-risk-area"
    assert [one["rule"] for one in decision["fitted"]] == [
        *("high-risk-area", "returning-worker-without-proof", "key-occupations", "drugs-with-symptoms")
    ]
    assert (await town.get("/v1/plans")).json()["items"] == []
    for changes, field in [
        ({"origin": "139999"}, "origin"),
        ({"arrived_at": "2999-01-01T00:00:00Z"}, "arrived_at"),
        ({"occupation": "astronaut"}, "occupation"),
        ({"grounds": [{"kind": "bad-luck", "began_on": "2021-02-01"}]}, "grounds.0.kind"),
        ({"grounds": [{"kind": "contact", "began_on": "2199-02-01"}]}, "grounds.0.began_on"),
        ({"person": {"name": "张伟"}}, "person"),
    ]:
        answer = await town.post("/v1/plans/preview", json={**facts, **changes})
        assert answer.status_code == 422, changes
        assert field in [one["field"] for one in answer.json()["problems"]], answer.text
