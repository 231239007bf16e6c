"""An infection that is over: whose word lifts the hold of a positive, what it does not, how it is revoked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.registration.actions.plans.release_plans import release_complete_plans
from services.registration.actions.plans.state_recovery import state_recovery
from services.registration.actions.plans.take_samples import take_samples
from services.registration.rules.plans.recovery import (
    RecoveryKind,
    RecoveryStatement,
    cleared_until,
    problems_of,
    problems_with,
    repeats,
)
from services.registration.rules.plans.settlement import Sample, settle
from shared.access import Scope
from shared.contracts.registration import stages
from shared.institutions import Institution
from shared.postgres import Database
from shared.vocabulary import Result
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE, JIANSHENG
from tests.clocks import MovableClock
from tests.keys import a_key
from tests.registration.plans.plan_rows import lay_plan, rows, told
from tests.registration.plans.test_release import MONITORED, at
from tests.registration.plans.test_taking_samples import WINDOW, a_sample

pytestmark = pytest.mark.requirement("return-proof")

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
HOUR, DAY, INSTANT = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)
SOMEBODY = UUID(int=1)
CDC = Institution("500104-cdc", "大渡口区疾病预防控制中心", "disease-control", "500104")
RECOVERED, REVOKED = RecoveryKind.RECOVERED, RecoveryKind.REVOKED


def said(
    recorded_at: datetime, recovered_at: datetime | None = NOW, kind: RecoveryKind = RECOVERED
) -> RecoveryStatement:
    return RecoveryStatement(SOMEBODY, kind, recovered_at, "出院", "赵审核", recorded_at, "key")


def revoked(recorded_at: datetime) -> RecoveryStatement:
    return said(recorded_at, None, REVOKED)


TABLE: list[tuple[list[RecoveryStatement], datetime | None]] = [
    ([], None),
    ([said(NOW)], NOW),
    ([said(NOW), said(NOW + HOUR, NOW - DAY)], NOW - DAY),
    ([said(NOW), revoked(NOW + HOUR)], None),
    ([said(NOW), revoked(NOW)], None),
    ([said(NOW), revoked(NOW + HOUR), said(NOW + 2 * HOUR)], NOW),
    ([revoked(NOW)], None),
]


@pytest.mark.parametrize(("statements", "until"), TABLE)
def test_the_statement_entered_last_holds_in_whatever_order(
    statements: list[RecoveryStatement], until: datetime | None
) -> None:
    for order in permutations(statements):
        assert cleared_until([*order, *order]) == until


@pytest.mark.parametrize(
    ("sampled_at", "holds"),
    [(NOW - DAY, False), (NOW, False), (NOW + INSTANT, True), (NOW + DAY, True)],
)
def test_what_was_sampled_later_holds_anew(sampled_at: datetime, holds: bool) -> None:
    sample = Sample(sampled_at, uuid4(), Result.POSITIVE, sampled_at + HOUR)
    assert (settle([], [sample], WINDOW, cleared_until=NOW).positive is not None) is holds
    assert settle([], [sample], WINDOW).positive == sample


@pytest.mark.parametrize(
    ("statement", "fields"),
    [
        (said(NOW), []),
        (said(NOW, None), ["recovered_at"]),
        (said(NOW, NOW + DAY), ["recovered_at"]),
        (said(NOW + DAY), ["recorded_at"]),
        (said(NOW, NOW, REVOKED), ["recovered_at"]),
        (revoked(NOW), []),
    ],
)
def test_what_is_refused_names_its_field(statement: RecoveryStatement, fields: list[str]) -> None:
    assert [problem.field for problem in problems_of(statement, NOW)] == fields


def test_undated_it_is_a_repetition_of_what_holds() -> None:
    again = replace(said(NOW + HOUR), is_dated=False)
    assert repeats([said(NOW)], again)
    assert not repeats([said(NOW)], replace(again, is_dated=True))
    assert not repeats([said(NOW), revoked(NOW + INSTANT)], again)
    assert not repeats([], again)


@pytest.fixture
async def disease_control(moving_town: httpx.AsyncClient, database_url: str) -> httpx.AsyncClient:
    """The client with a key of the district, as its disease control has one."""
    key = await a_key(database_url, "500104", *(set(Scope) - {Scope.ADMIN}))
    moving_town.headers["authorization"] = f"Bearer {key}"
    return moving_town


async def state(client: httpx.AsyncClient, person_id: UUID, **fields: Any) -> httpx.Response:
    body = {"reason": "出院并解除观察", "stated_by": "赵审核", "institution": "500104-cdc", **fields}
    return await client.post(f"/v1/people/{person_id}/recoveries", json=body)


async def test_the_word_of_disease_control_lifts_the_hold_and_lets_go(
    disease_control: httpx.AsyncClient, movable_clock: MovableClock, database: Database
) -> None:
    movable_clock.set(at(16))
    laid = await lay_plan(database, MONITORED)
    positive = a_sample(laid.person_id, -60, result=Result.POSITIVE)
    await take_samples(database, [positive], WINDOW, now=at(1))
    release = f"/v1/plans/{laid.plan_id}/release"
    refused = await disease_control.post(release)
    assert [problem["field"] for problem in refused.json()["problems"]] == ["result"]
    recovered = {"recovered_at": (positive.sampled_at + DAY).isoformat()}
    first, again = [await state(disease_control, laid.person_id, **recovered) for _ in range(2)]
    assert (first.status_code, first.json()["on_hold"]) == (201, False)
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")
    assert (await disease_control.post(release)).status_code in (200, 201)
    listed = (await disease_control.get(f"/v1/people/{laid.person_id}/recoveries")).json()["items"]
    assert [(one["reason"], one["stated_by"]) for one in listed] == [("出院并解除观察", "赵审核")]
    assert all(one["received_from"] and one["recorded_at"] for one in listed)


async def test_a_later_positive_holds_anew_and_so_does_a_revocation(
    disease_control: httpx.AsyncClient, movable_clock: MovableClock, database: Database
) -> None:
    movable_clock.set(at(3))
    laid = await lay_plan(database, MONITORED)
    old, new = [a_sample(laid.person_id, day, result=Result.POSITIVE) for day in (-60, 2)]
    await take_samples(database, [old], WINDOW, now=at(1))
    recovered = {"recovered_at": (old.sampled_at + DAY).isoformat()}
    assert (await state(disease_control, laid.person_id, **recovered)).json()["on_hold"] is False
    movable_clock.set(at(3, 10))
    assert (await state(disease_control, laid.person_id, kind="revoked")).json()["on_hold"] is True
    movable_clock.set(at(3, 11))
    lifted = (await state(disease_control, laid.person_id, **recovered)).json()
    assert (lifted["verdict"], lifted["on_hold"]) == ("stored", False)
    await take_samples(database, [new], WINDOW, now=at(3, 11))
    (plan,) = await rows(database, "SELECT held_since FROM plan")
    assert plan["held_since"] == new.resulted_at
    assert await release_complete_plans(database, now=at(20)) == 0


async def test_a_positive_of_a_person_who_was_merged_twice_holds_and_is_cleared(database: Database) -> None:
    """Two records became one, and that one another: what is said of any of them is said of the person."""
    first, second, last = [await lay_plan(database, MONITORED) for _ in range(3)]
    for merged, into in ((first, second), (second, last)):
        await rows(database, "DELETE FROM plan_stage WHERE plan_id = $1 RETURNING 1", merged.plan_id)
        await rows(database, "DELETE FROM plan WHERE plan_id = $1 RETURNING 1", merged.plan_id)
        await rows(
            database,
            "UPDATE person SET merged_into = $1 WHERE person_id = $2 RETURNING 1",
            into.person_id,
            merged.person_id,
        )
    await take_samples(database, [a_sample(first.person_id, 1, result=Result.POSITIVE)], WINDOW, now=at(2))
    (plan,) = await rows(database, "SELECT held_since FROM plan")
    assert plan["held_since"] is not None
    over = replace(said(at(3), at(2)), person_id=second.person_id)
    taken = await state_recovery(database, over, CDC, WINDOW, bounds=(A_VILLAGE, f"{A_VILLAGE}~"), now=at(3))
    assert (taken.person_id, taken.is_held, taken.cleared_until) == (last.person_id, False, at(2))
    held, stated, resumed = await told(database)
    assert [type(one) for one in (held, stated, resumed)] == [
        stages.PlanHeld,
        stages.RecoveryStated,
        stages.PlanResumed,
    ]
    (plan,) = await rows(database, "SELECT held_since FROM plan")
    assert plan["held_since"] is None


HOSPITAL = Institution("500104-h01", "大渡口区人民医院", "hospital", "500104")
NEXT_DOOR = Institution("500107-cdc", "九龙坡区疾病预防控制中心", "disease-control", "500107")


@pytest.mark.parametrize(
    ("institution", "problems"),
    [
        (CDC, []),
        (replace(CDC, division="500000"), []),
        (HOSPITAL, ["is no institution of disease control but a hospital"]),
        (NEXT_DOOR, ["does not answer for where the person lives"]),
        (replace(CDC, division=ANOTHER_VILLAGE), ["does not answer for where the person lives"]),
    ],
)
def test_it_is_the_word_of_disease_control_of_the_persons_area(
    institution: Institution, problems: list[str]
) -> None:
    assert [one.reason for one in problems_with(institution, A_VILLAGE)] == problems


KEYS: list[tuple[str, str, str, int]] = [
    (A_VILLAGE, "plans:write", "500104-cdc", 403),
    (A_VILLAGE, "recoveries:write", "500104-cdc", 403),
    (JIANSHENG, "recoveries:write", "500104-cdc", 403),
    ("500107", "recoveries:write", "500104-cdc", 403),
    ("500107", "recoveries:write", "500107-l01", 404),
    ("500104", "recoveries:write", "500000-cdc", 403),
    ("500104", "recoveries:write", "500104-h01", 422),
    ("500104", "recoveries:write", "nobody", 422),
    ("500104", "recoveries:write", "500104-cdc", 201),
    ("500000", "recoveries:write", "500000-cdc", 201),
]


async def test_whose_key_states_it(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database, database_url: str
) -> None:
    movable_clock.set(at(3))
    laid = await lay_plan(database, MONITORED)
    for division, scope, institution, status in KEYS:
        moving_town.headers["authorization"] = f"Bearer {await a_key(database_url, division, scope)}"
        stated = await state(
            moving_town, laid.person_id, recovered_at=at(2).isoformat(), institution=institution
        )
        assert stated.status_code == status, (division, institution, stated.text)
    kept = await rows(database, "SELECT institution FROM person_recovery ORDER BY institution")
    assert [row["institution"] for row in kept] == ["500000-cdc", "500104-cdc"]


async def test_every_word_is_on_record_told_and_never_changed(
    disease_control: httpx.AsyncClient, movable_clock: MovableClock, database: Database, database_url: str
) -> None:
    movable_clock.set(at(3))
    laid = await lay_plan(database, MONITORED)
    assert (await state(disease_control, laid.person_id, stated_by="")).status_code == 422
    stated = await state(disease_control, laid.person_id, recovered_at=at(2).isoformat())
    assert stated.status_code == 201
    (listed,) = (await disease_control.get("/v1/recoveries?division=500104102")).json()["items"]
    assert (listed["person_id"], listed["institution"]) == (str(laid.person_id), "500104-cdc")
    assert listed["recovery_id"] == stated.json()["recovery_id"]
    file = await disease_control.get("/v1/recoveries/export?format=ndjson")
    assert file.json() == listed
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await rows(database, "UPDATE person_recovery SET reason = 'x'")
    neighbour = await a_key(database_url, ANOTHER_VILLAGE, "recoveries:write", "plans:read")
    elsewhere = {"authorization": f"Bearer {neighbour}"}
    path = f"/v1/people/{laid.person_id}/recoveries"
    assert (await disease_control.get(path, headers=elsewhere)).status_code == 404
    assert (await disease_control.get("/v1/recoveries", headers=elsewhere)).json()["items"] == []
