"""Returns that were none, papers and results that were false: withdrawn by hand, and what follows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from services.registration.actions.returns.return_events import events_of
from services.registration.ledger import Change
from services.registration.rules.plans.facts import Proof, ProofKind
from services.registration.rules.returns.journey import Journey, PaperWord, merge_journeys, paper_id
from services.registration.rules.returns.return_merge import (
    ReturnSource,
    ReturnState,
    ReturnStatement,
    Withdrawn,
    begin,
    merge,
)
from services.registration.rules.returns.withdrawal import (
    Withdrawal,
    WithdrawalReason,
    problems_of,
    withdraw,
)
from shared.contracts.registration import ReturnWithdrawn
from shared.errors import Conflict
from shared.vocabulary import Result
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE
from tests.keys import a_key
from tests.registration.people.statements import a_person_row
from tests.registration.returns.stories import a_test, tell
from tests.registration.statements import a_return

pytestmark = pytest.mark.requirement("return-registration")

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HELD = begin(ReturnStatement("R-1", A_VILLAGE, ReturnSource.NEIGHBOUR, NOW - HOUR, None, NOW, "key"))
BY_HAND = Withdrawal(WithdrawalReason.DID_NOT_ARRIVE, None, NOW, NOW, "key")
LATER = replace(BY_HAND, reason=WithdrawalReason.ANOTHER_PERSON, occurred_at=NOW + HOUR)
GONE = withdraw(HELD, BY_HAND)


@pytest.mark.parametrize(
    ("held", "withdrawal", "state", "withdrawn"),
    [
        (HELD, BY_HAND, ReturnState.WITHDRAWN, Withdrawn(NOW, "did-not-arrive")),
        (GONE, LATER, ReturnState.WITHDRAWN, Withdrawn(NOW, "did-not-arrive")),
        (merge(GONE, HELD), LATER, ReturnState.WITHDRAWN, Withdrawn(NOW, "did-not-arrive")),
    ],
    ids=["standing", "withdrawn before", "said again since"],
)
def test_what_holds_once_it_is_withdrawn(
    held: object, withdrawal: Withdrawal, state: ReturnState, withdrawn: Withdrawn
) -> None:
    after = withdraw(held, withdrawal)  # pyright: ignore[reportArgumentType]
    assert (after.state, after.withdrawn) == (state, withdrawn)
    assert (after.arrived, after.journey) == (HELD.arrived, HELD.journey)


def test_what_is_another_return_is_not_withdrawn() -> None:
    with pytest.raises(Conflict, match="told again"):
        withdraw(replace(HELD, withdrawn_into=uuid4()), BY_HAND)


def test_what_ends_the_clock_is_told_once_with_the_reason() -> None:
    (told,) = events_of(Change(HELD, GONE))
    assert told.type == ReturnWithdrawn.TYPE
    event = ReturnWithdrawn.model_validate_json(told.data)
    assert (event.return_id, event.reason_code) == (HELD.id, "did-not-arrive")
    assert events_of(Change(GONE, GONE)) == []


def test_a_withdrawal_of_tomorrow_is_refused() -> None:
    ahead = replace(BY_HAND, occurred_at=NOW + HOUR, recorded_at=NOW + HOUR)
    assert [one.field for one in problems_of(ahead, NOW)] == ["occurred_at", "recorded_at"]
    assert problems_of(BY_HAND, NOW) == []


PAPER = Proof(ProofKind.NEGATIVE_TEST, NOW - 20 * HOUR, None, Result.NEGATIVE, None)


def word(hours: int, *, withdrawn: bool = True) -> Journey:
    id_ = paper_id(PAPER)
    return Journey({}, frozenset(), {id_: PaperWord(id_, NOW + hours * HOUR, withdrawn, "r")})


SHOWN = Journey.of("village", NOW, proofs=[PAPER])


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ([], True),
        ([word(1)], False),
        ([word(1), word(2, withdrawn=False)], True),
        ([word(1), word(1, withdrawn=False)], False),
        ([word(1), word(2, withdrawn=False), word(3)], False),
    ],
)
def test_of_a_paper_the_word_entered_last_holds(words: list[Journey], holds: bool) -> None:
    for order in permutations([SHOWN, *words]):
        whole = Journey({}, frozenset())
        for one in [*order, *order]:
            whole = merge_journeys(whole, one)
        assert (PAPER in whole.papers) is holds
        assert PAPER in whole.proofs


async def test_a_false_return_ends_with_its_clock_and_its_plan(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    row = a_return(now, person=a_person_row(1), returning_worker=True)
    first = await tell(town, row)
    path = f"/v1/returns/{first['return_id']}/withdrawal"
    elsewhere = {"authorization": f"Bearer {await a_key(database_url, ANOTHER_VILLAGE, 'returns:write')}"}
    body = {"reason": "did-not-arrive", "note": "列车名单有误"}
    assert (await town.post(path, json=body, headers=elsewhere)).status_code == 404
    assert (await town.post(path, json={"reason": "whim"})).status_code == 422
    done, again = await town.post(path, json=body), await town.post(path, json=body)
    assert (done.status_code, done.json()["state"]) == (201, "withdrawn"), done.text
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")
    whole = (await town.get(f"/v1/returns/{first['return_id']}")).json()
    assert (whole["withdrawal"]["reason"], whole["withdrawal"]["note"]) == ("did-not-arrive", "列车名单有误")
    assert len(whole["statements"]) == 1
    plan = (await town.get(f"/v1/people/{first['person_id']}/plan")).json()
    assert plan["state"] == "withdrawn"
    assert (await town.get("/v1/returns")).json()["items"] == []


async def test_what_had_been_said_says_nothing_again_and_what_is_new_is_another_return(
    town: httpx.AsyncClient,
) -> None:
    now = datetime.now(UTC)
    row = a_return(now, person=a_person_row(1))
    first = await tell(town, row)
    path = f"/v1/returns/{first['return_id']}/withdrawal"
    assert (await town.post(path, json={"reason": "did-not-arrive"})).status_code == 201

    async def repeat() -> None:
        again = await town.post("/v1/returns", json=row)
        assert (again.status_code, again.json()["return_id"]) == (200, first["return_id"])
        assert (again.json()["verdict"], again.json()["state"]) == ("duplicate", "withdrawn")

    await repeat()
    assert (await town.get("/v1/returns")).json()["items"] == []
    came = {
        **row,
        "source": "village",
        "arrived_at": (now - HOUR).isoformat(),
        "registered_at": now.isoformat(),
    }
    second = await tell(town, came)
    assert second["return_id"] != first["return_id"]
    assert (second["state"], second["minutes_to_registration"]) == ("registered", 60)
    await repeat()
    (listed,) = (await town.get("/v1/returns")).json()["items"]
    assert (listed["return_id"], listed["minutes_to_registration"]) == (second["return_id"], 60)
    path = f"/v1/returns/{second['return_id']}/withdrawal"
    assert (await town.post(path, json={"reason": "another-person"})).status_code == 201
    await repeat()
    third = await tell(town, {**came, "source": "self"})
    assert third["return_id"] not in (first["return_id"], second["return_id"])


async def test_a_false_paper_is_withdrawn_and_restored(town: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    known = await tell(town, a_return(now, person=a_person_row(1), proofs=[a_test(now - 9 * HOUR)]))
    path = f"/v1/returns/{known['return_id']}"
    (paper,) = (await town.get(path)).json()["journey"]["proofs"]
    assert paper["withdrawn_reason"] is None
    door = f"{path}/proofs/{paper['proof_id']}/withdrawal"
    first, again = [await town.post(door, json={"reason": "伪造"}) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200), first.text
    (paper,) = (await town.get(path)).json()["journey"]["proofs"]
    assert paper["withdrawn_reason"] == "伪造"
    assert (await town.post(door, json={"kind": "restored", "reason": "核实为真"})).status_code == 201
    assert (await town.get(path)).json()["journey"]["proofs"][0]["withdrawn_reason"] is None
    assert (
        await town.post(f"{path}/proofs/{UUID(int=1)}/withdrawal", json={"reason": "x"})
    ).status_code == 404
    assert (await town.post(door, json={"reason": ""})).status_code == 422


async def test_a_false_result_of_elsewhere_opens_its_test_again(
    town: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    known = await tell(town, a_return(now, person=a_person_row(1), returning_worker=True))
    plan = (await town.get(f"/v1/people/{known['person_id']}/plan")).json()["plan_id"]
    sampled = now - 2 * HOUR
    body = {
        "reference": "WH-1",
        "institution": "武汉市疾控中心",
        "result": "positive",
        "sampled_at": sampled.isoformat(),
        "resulted_at": (sampled + HOUR).isoformat(),
    }
    path = f"/v1/plans/{plan}/test-results"
    shown = (await town.post(path, json=body)).json()
    assert shown["on_hold"] is True
    door = f"{path}/{shown['sample_id']}/withdrawal"
    first, again = [await town.post(door, json={"reason": "伪造"}) for _ in range(2)]
    assert (first.status_code, first.json()["on_hold"]) == (201, False), first.text
    assert (again.status_code, again.json()["verdict"]) == (200, "duplicate")
    assert (await town.post(path, json=body)).status_code == 409
    assert (await town.post(f"{path}/{UUID(int=1)}/withdrawal", json={"reason": "x"})).status_code == 404
    connection = await asyncpg.connect(database_url)
    try:
        kept = await connection.fetchrow("SELECT result, reason FROM registration.sample_withdrawal")
        assert kept is not None
        assert (kept["result"], kept["reason"]) == ("positive", "伪造")
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await connection.execute("DELETE FROM registration.sample_withdrawal")
    finally:
        await connection.close()
