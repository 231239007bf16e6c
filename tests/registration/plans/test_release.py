"""A plan ends when everything is done and not before; the certificate, and the code that proves it."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.actions.plans.read_certificate import verify_code
from services.registration.actions.plans.release_plans import release_complete_plans
from services.registration.actions.plans.take_samples import take_samples
from services.registration.rules.plans.certificate import (
    CertificateContent,
    CertifiedTest,
    StageServed,
    code_of,
    hash_of,
    is_genuine,
    masked_for_paper,
    number_in,
    number_of,
    read_content,
)
from services.registration.rules.plans.release import ReleaseFacts, ReleaseTest, missing
from services.registration.wire.certificate_pdf import CertificatePage, render
from shared.contracts.registration.stages import PersonReleased
from shared.policy.release import Window
from shared.policy.values import Text
from shared.postgres import Database
from shared.vocabulary import Result
from tests.builders import ANOTHER_VILLAGE, JIANSHENG
from tests.clocks import MovableClock
from tests.keys import a_key
from tests.registration.plans.plan_rows import Laid, fall_ill, lay_plan, recover, rows, told
from tests.registration.plans.test_stage_changes import at, day
from tests.registration.plans.test_taking_samples import a_proof, a_sample
from tests.registration.returns.stories import a_person, plan_of
from tests.registration.statements import a_return
from tests.servers import TEST_SECRETS
from tests.waiting import until

MONITORED = (("home-monitoring", 14),)
WINDOW = Window(clause=("town §16",), days_before=0)
KEY = b"k" * 32


def facts(**changes: Any) -> ReleaseFacts:
    complete: dict[str, Any] = {
        "last_day": day(14),
        "tests": [ReleaseTest(day(7), True), ReleaseTest(day(14), True)],
        "is_positive": False,
        "has_symptoms": False,
    }
    return ReleaseFacts(**{**complete, **changes})


@pytest.mark.requirement("return-proof")
@pytest.mark.parametrize(
    ("changes", "today", "fields"),
    [
        ({}, 15, []),
        ({}, 14, ["days"]),
        ({}, 400, []),
        ({"tests": []}, 15, []),
        (
            {"tests": [ReleaseTest(day(14), False), ReleaseTest(day(7), False)]},
            15,
            [f"tests.{day(7)}", f"tests.{day(14)}"],
        ),
        ({"tests": [ReleaseTest(day(7), True), ReleaseTest(day(14), False)]}, 16, [f"tests.{day(14)}"]),
        ({"is_positive": True}, 15, ["result"]),
        ({"has_symptoms": True}, 15, ["symptoms"]),
        ({"is_positive": True, "has_symptoms": True}, 3, ["days", "result", "symptoms"]),
    ],
)
def test_nobody_is_released_before_everything_is_done(
    changes: dict[str, Any], today: int, fields: list[str]
) -> None:
    assert [problem.field for problem in missing(facts(**changes), day(today))] == fields


async def state_of(database: Database, laid: Laid) -> str:
    (row,) = await rows(database, "SELECT state FROM plan WHERE plan_id = $1", laid.plan_id)
    return row["state"]


@pytest.mark.requirement("return-proof")
async def test_the_release_waits_for_the_last_days_result_however_late_it_comes(database: Database) -> None:
    laid = await lay_plan(database, MONITORED, tests=(7, 14))
    await take_samples(database, [a_sample(laid.person_id, 7)], WINDOW, now=at(8))
    assert await release_complete_plans(database, now=at(15)) == 0
    await take_samples(database, [a_sample(laid.person_id, 14)], WINDOW, now=at(16, 3))
    assert await release_complete_plans(database, now=at(16, 3)) == 1
    assert await release_complete_plans(database, now=at(16, 4)) == 0
    (event,) = [event for event in await told(database) if isinstance(event, PersonReleased)]
    (row,) = await rows(database, "SELECT * FROM release_certificate")
    assert event.certificate == row["number"] == "JC-500104-2021-0000001"
    assert [test["sampled_on"] for test in row["content"]["tests"]] == [str(day(7)), str(day(14))]


async def test_a_positive_or_a_symptom_keeps_and_its_end_lets_go(database: Database) -> None:
    positive, symptom = [await lay_plan(database, MONITORED) for _ in range(2)]
    sample = a_sample(positive.person_id, 3, result=Result.POSITIVE)
    await take_samples(database, [sample], WINDOW, now=at(4))
    async with database.transaction() as connection:
        await fall_ill(connection, symptom.person_id, at(5))
    assert await release_complete_plans(database, now=at(15)) == 0
    async with database.transaction() as connection:
        await recover(connection, symptom.person_id, at(16))
    assert await release_complete_plans(database, now=at(16)) == 1
    assert await state_of(database, positive) == "open"


async def test_processes_that_release_at_once_release_each_once(database: Database) -> None:
    plans = [await lay_plan(database, MONITORED) for _ in range(40)]
    done = await asyncio.gather(*(release_complete_plans(database, now=at(15)) for _ in range(5)))
    assert sum(done) == len(plans)
    numbers = {row["number"] for row in await rows(database, "SELECT number FROM release_certificate")}
    assert len(numbers) == len(plans)


@pytest.mark.requirement("return-proof")
async def test_an_official_is_told_what_is_missing_and_gets_the_certificate(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database, database_url: str
) -> None:
    movable_clock.set(at(14, 12))
    laid = await lay_plan(database, MONITORED, tests=(7,))
    path = f"/v1/plans/{laid.plan_id}/release"
    refused = await moving_town.post(path)
    assert refused.status_code == 409
    assert [problem["field"] for problem in refused.json()["problems"]] == ["days", f"tests.{day(7)}"]
    neighbour = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE)}"}
    assert (await moving_town.post(path, headers=neighbour)).status_code == 404
    movable_clock.set(at(15))
    await take_samples(database, [a_sample(laid.person_id, 7)], WINDOW, now=at(15))
    answers = [await moving_town.post(path) for _ in range(2)]
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert answers[0].json() == answers[1].json()
    released = answers[0].json()
    seen = await moving_town.get(
        "/v1/certificates/verify", params={"code": released["code"].lower()}, headers={"authorization": ""}
    )
    assert seen.json() == {
        "valid": True,
        "certificate": released["certificate"],
        "issued_on": str(day(15)),
        "division": released["division"],
    }
    for code in (released["code"][:-1] + "!", released["code"].replace("000", "001"), "张伟", "x" * 80):
        answer = await moving_town.get("/v1/certificates/verify", params={"code": code})
        assert answer.json() == {"valid": False, "certificate": None, "issued_on": None, "division": None}
    assert (await moving_town.get("/v1/certificates/verify")).status_code in (400, 422)
    keys = [b"the present key", TEST_SECRETS["DUTYCLOCK_SECRET_KEY"].encode()]
    assert await verify_code(database, keys, released["code"]), "printed before the key was made anew"
    assert await verify_code(database, keys[:1], released["code"]) is None


@pytest.mark.requirement("entry-14-7-7")
async def test_the_certificate_is_printed_for_who_may_see_the_person_and_each_print_is_on_record(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database, database_url: str
) -> None:
    movable_clock.set(at(29))
    returned = await moving_town.post(
        "/v1/returns",
        json=a_return(
            at(0, 12),
            person=a_person(name="欧阳龘"),
            origin="130104",
            returning_worker=True,
            registered_at=at(0, 12).isoformat(),
        ),
    )
    person = returned.json()["person_id"]
    plan = await plan_of(moving_town, person)
    path = f"/v1/plans/{plan['plan_id']}"
    assert (await moving_town.get(f"{path}/certificate")).status_code == 404
    for number, test in enumerate(plan["tests"]):
        sampled = datetime.fromisoformat(f"{test['due_on']}T09:00:00+08:00")
        proof = a_proof(sampled, reference=f"WH-2021-0000{number}")
        assert (await moving_town.post(f"{path}/test-results", json=proof)).status_code == 201
    released = await moving_town.post(f"{path}/release")
    assert released.status_code in (200, 201), released.text
    printed = await moving_town.get(f"{path}/certificate")
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.content.startswith(b"%PDF-")
    assert released.json()["certificate"] in printed.headers["content-disposition"]
    assert (await moving_town.get(f"{path}/certificate")).content == printed.content
    looks = await rows(database, "SELECT * FROM person_unmasking ORDER BY unmasked_at")
    assert [(str(row["person_id"]), row["reason"]) for row in looks] == [(person, "release-certificate")] * 2
    masked = {"authorization": f"Bearer {await a_key(database_url, JIANSHENG, 'plans:read')}"}
    assert (await moving_town.get(f"{path}/certificate", headers=masked)).status_code == 403
    neighbour = {
        "authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'plans:read', 'pii:read')}"
    }
    assert (await moving_town.get(f"{path}/certificate", headers=neighbour)).status_code == 404
    assert len(await rows(database, "SELECT * FROM person_unmasking")) == 2


async def test_the_service_releases_by_itself_at_midnight(
    moving_town: httpx.AsyncClient, movable_clock: MovableClock, database: Database
) -> None:
    movable_clock.set(at(14, 23, 59, 59))
    laid = await lay_plan(database, MONITORED)
    movable_clock.advance(timedelta(seconds=1))

    async def released() -> bool:
        return await state_of(database, laid) == "released"

    await until(released, what="the release")

    async def listed() -> Any:
        return (await moving_town.get("/v1/care-lists/released")).json()["items"]

    (place,) = await until(listed, what="the list")
    assert place["person_id"] == str(laid.person_id)


CONTENT = CertificateContent(
    plan_id=UUID(int=1),
    person_id=UUID(int=2),
    division="500104102001",
    governing_rule="entry-14-7-7",
    issued_on=date(2021, 3, 2),
    stages=(StageServed("central-quarantine", date(2021, 2, 1), date(2021, 2, 15)),),
    tests=(CertifiedTest(date(2021, 2, 8), date(2021, 2, 9), "negative"),),
)
NUMBER = number_of(CONTENT.division, CONTENT.issued_on, 123)


def test_a_code_proves_its_number_and_content_and_nothing_else() -> None:
    code = code_of(KEY, NUMBER, hash_of(CONTENT))
    assert number_in(f"  {code.lower()} ") == NUMBER == "JC-500104-2021-0000123"
    assert is_genuine(KEY, code, NUMBER, hash_of(CONTENT))
    assert is_genuine(KEY, f" {code.lower()}", NUMBER, hash_of(CONTENT))
    assert not is_genuine(b"other", code, NUMBER, hash_of(CONTENT))
    assert not is_genuine(KEY, code, NUMBER, hash_of(read_content({**CONTENT.document(), "tests": []})))
    assert read_content(CONTENT.document()) == CONTENT


@given(st.text(max_size=90))
def test_whatever_is_typed_is_a_code_or_none(text: str) -> None:
    found = number_in(text)
    assert found is None or found.startswith("JC-")
    assert not is_genuine(KEY, text, NUMBER, hash_of(CONTENT))


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("50010419900101123X", "500104********123X"),
        ("E12345678", "E*******8"),
        ("A123", "****"),
        ("", ""),
    ],
)
def test_a_document_is_masked_as_papers_do(number: str, masked: str) -> None:
    assert masked_for_paper(number) == masked


def test_the_certificate_is_a_page_with_its_font_and_the_same_every_time() -> None:
    page = CertificatePage(
        number=NUMBER,
        code=code_of(KEY, NUMBER, hash_of(CONTENT)),
        name="欧阳龘",
        document=("resident-card", masked_for_paper("50010419900101123X")),
        issuer="重庆市大渡口区建胜镇",
        issued_at=datetime(2021, 3, 1, 16, tzinfo=UTC),
        content=CONTENT,
        measure=Text(zh="入境人员 14+7+7", en="Entry 14+7+7"),
        stage_titles={},
    )
    printed = render(page)
    assert printed.startswith(b"%PDF-")
    assert b"NotoSansSC" in printed
    assert b"/FontFile3" in printed, "the font lies in the file: any viewer shows it"
    assert len(printed) < 100_000
    assert render(page) == printed
