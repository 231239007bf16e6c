"""People who may be one: queued, decided, merged, parted again; and where their ids lead."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.contracts.registration import MergeUndone, PersonMerged
from tests.audit import trails
from tests.builders import A_VILLAGE, ANOTHER_VILLAGE
from tests.keys import a_key
from tests.registration.conftest import EventsOnBus
from tests.registration.people.builders import a_mobile, card_number
from tests.registration.people.statements import a_person_statement


async def stated(town: httpx.AsyncClient, number: int, **changes: Any) -> str:
    answer = await town.post("/v1/people", json=a_person_statement(number, **changes))
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["person_id"]


async def alike(town: httpx.AsyncClient, *divisions: str) -> list[str]:
    """People of one telephone and surname, without a document but the first."""
    return [
        await stated(
            town,
            position,
            name=f"慕{chr(0x5000 + position)}",
            telephone=a_mobile(1),
            division=division,
            **({} if position == 0 else {"identity": None}),
        )
        for position, division in enumerate(divisions)
    ]


async def queue(town: httpx.AsyncClient, state: str = "open", **headers: str) -> dict[frozenset[str], str]:
    items = (await town.get(f"/v1/people/suspects?state={state}", headers=headers)).json()["items"]
    return {frozenset(person["person_id"] for person in item["people"]): item["suspect_id"] for item in items}


async def decide(town: httpx.AsyncClient, suspect_id: str, decision: str, **more: Any) -> httpx.Response:
    body = {"decision": decision, "reason": "asked-in-person", **more}
    return await town.post(f"/v1/people/suspects/{suspect_id}/decision", json=body)


async def test_a_merge_reaches_everything_through_the_surviving_one_and_can_be_undone(
    town: httpx.AsyncClient, events: EventsOnBus, database_url: str
) -> None:
    one, other = await alike(town, A_VILLAGE, ANOTHER_VILLAGE)
    (suspect_id,) = (await queue(town)).values()
    answer = await decide(town, suspect_id, "merge")
    assert answer.status_code == 201, answer.text
    decision = answer.json()
    assert (decision["person_id"], decision["other_id"]) == (one, other)  # one has a document
    assert (await decide(town, suspect_id, "merge")).json() == {**decision, "verdict": "duplicate"}
    assert (await decide(town, suspect_id, "distinct")).status_code == 409
    for id_ in (one, other):
        shown = (await town.get(f"/v1/people/{id_}")).json()
        assert (shown["person_id"], shown["merged_people"]) == (one, [other])
        assert [merge["decision_id"] for merge in shown["merges"]] == [decision["decision_id"]]
        assert len(shown["statements"]) == 2
    assert [item["person_id"] for item in (await town.get("/v1/people")).json()["items"]] == [one]
    assert await stated(town, 1, name="慕倁", telephone=a_mobile(1), identity=None, division=ANOTHER_VILLAGE)
    found = (await town.post("/v1/people/search", json={"telephone": a_mobile(1)})).json()["items"]
    assert [item["person_id"] for item in found] == [one]
    assert await queue(town) == {}

    undo = f"/v1/people/merges/{decision['decision_id']}/undo"
    undone = await town.post(undo, json={"reason": "document-seen"})
    assert undone.status_code == 201
    assert (await town.post(undo, json={"reason": "document-seen"})).status_code == 200
    assert (await town.get(f"/v1/people/{other}")).json()["person_id"] == other
    assert set(await queue(town)) == {frozenset((one, other))}
    no_merge = f"/v1/people/merges/{undone.json()['decision_id']}/undo"
    assert (await town.post(no_merge, json={"reason": "document-seen"})).status_code == 409
    told = await events(2)
    assert [type(event) for event in told] == [PersonMerged, MergeUndone]
    assert [str(event.merged_person_id) for event in told] == [other, other]
    assert {str(event.decision_id) for event in told} == {decision["decision_id"]}
    in_trail = await trails.told(database_url, "registration", "people-decided")
    assert [(each["kind"], each["person"], each["other"]) for each in in_trail] == [
        ("merged", one, other),
        ("undone", one, other),
    ]


async def test_what_was_kept_apart_is_not_queued_again(town: httpx.AsyncClient) -> None:
    one, other = await alike(town, A_VILLAGE, A_VILLAGE)
    (suspect_id,) = (await queue(town)).values()
    assert (await decide(town, suspect_id, "distinct")).status_code == 201
    assert (await decide(town, suspect_id, "distinct")).status_code == 200
    correction = {"reason": "changed", "telephone": a_mobile(2)}
    await town.post(f"/v1/people/{other}/corrections", json=correction)
    await town.post(f"/v1/people/{other}/corrections", json={**correction, "telephone": a_mobile(1)})
    assert await queue(town) == {}
    assert set(await queue(town, "distinct")) == {frozenset((one, other))}
    merge = {"one": one, "other": other, "reason": "entry-error"}
    assert (await town.post("/v1/people/merges", json=merge)).status_code == 409


async def test_circles_and_contradictions_are_refused(town: httpx.AsyncClient) -> None:
    a, b, c = await alike(town, A_VILLAGE, A_VILLAGE, A_VILLAGE)
    pairs = await queue(town)
    assert set(pairs) == {frozenset((a, b)), frozenset((a, c)), frozenset((b, c))}

    async def merge(one: str, other: str, **more: Any) -> httpx.Response:
        body = {"one": one, "other": other, "reason": "entry-error", **more}
        return await town.post("/v1/people/merges", json=body)

    assert (await merge(a, a)).status_code == 422
    assert (await merge(a, b, keep=c)).status_code == 422
    first = await merge(a, b, keep=b)
    assert (first.status_code, first.json()["person_id"]) == (201, b)
    assert (await merge(b, c, keep=c)).status_code == 201
    assert (await queue(town)) == {}  # the pair of a and c went with the second merge
    assert (await merge(c, a)).status_code in (200, 409)
    d = await stated(town, 7)
    assert (await merge(d, a, keep=d)).json()["other_id"] == c  # whom a had become
    assert (await town.get(f"/v1/people/{a}")).json()["person_id"] == d
    assert (await merge(d, b)).status_code in (200, 409)
    assert sorted((await town.get(f"/v1/people/{d}")).json()["merged_people"]) == sorted([a, b, c])

    undo = f"/v1/people/merges/{first.json()['decision_id']}/undo"
    assert (await town.post(undo, json={"reason": "entry-error"})).status_code == 201
    assert (await town.get(f"/v1/people/{a}")).json()["person_id"] == a
    assert (await town.get(f"/v1/people/{b}")).json()["person_id"] == d
    reopened = await queue(town)
    assert (await decide(town, reopened[frozenset((a, d))], "distinct")).status_code == 201
    assert (await merge(a, c)).status_code == 409


async def test_a_merged_number_leads_on_and_blocks_an_undoing_only_while_it_is_in_use(
    town: httpx.AsyncClient,
) -> None:
    one, other = await stated(town, 1), await stated(town, 2)
    body = {"one": one, "other": other, "reason": "document-seen", "keep": one}
    decision = (await town.post("/v1/people/merges", json=body)).json()
    assert await stated(town, 2) == one
    number = {"reason": "document-seen", "identity": {"number": card_number(2)}}
    assert (await town.post(f"/v1/people/{one}/corrections", json=number)).status_code == 201
    undo = f"/v1/people/merges/{decision['decision_id']}/undo"
    assert (await town.post(undo, json={"reason": "entry-error"})).status_code == 409
    back = {"reason": "entry-error", "identity": {"number": card_number(1)}}
    assert (await town.post(f"/v1/people/{one}/corrections", json=back)).status_code == 201
    assert (await town.post(undo, json={"reason": "entry-error"})).status_code == 201
    assert await stated(town, 2) == other


async def test_who_sees_both_decides(town: httpx.AsyncClient, database_url: str) -> None:
    await alike(town, A_VILLAGE, ANOTHER_VILLAGE)
    (suspect_id,) = (await queue(town)).values()
    village = {
        "authorization": f"Bearer {await a_key(database_url, A_VILLAGE, 'people:read', 'people:write')}"
    }
    assert await queue(town, **village) == {}
    body = {"decision": "merge", "reason": "entry-error"}
    path = f"/v1/people/suspects/{suspect_id}/decision"
    assert (await town.post(path, json=body, headers=village)).status_code == 404
    reader = {"authorization": f"Bearer {await a_key(database_url, A_VILLAGE, 'people:read')}"}
    assert (await town.post(path, json=body, headers=reader)).status_code == 403
    for wrong in (
        {},
        {**body, "decision": "maybe"},
        {**body, "reason": "whim"},
        {**body, "keep": "x"},
        {**body, "keep": suspect_id},
    ):
        assert (await town.post(path, json=wrong)).status_code == 422, wrong
    assert (await town.get("/v1/people/suspects?state=asleep")).status_code == 422


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_merges_at_the_same_instant_never_close_a_circle(
    town: httpx.AsyncClient, order: tuple[int, int]
) -> None:
    a, b, c = await alike(town, A_VILLAGE, A_VILLAGE, A_VILLAGE)
    merges = [
        {"one": one, "other": other, "keep": keep, "reason": "entry-error"}
        for one, other, keep in ((a, b, a), (b, c, b), (c, a, c), (b, a, b))
    ]
    merges = [merges[order[0]], merges[order[1]], *merges[2:]]
    answers = await asyncio.gather(*(town.post("/v1/people/merges", json=one) for one in merges))
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    people = {(await town.get(f"/v1/people/{id_}")).json()["person_id"] for id_ in (a, b, c)}
    assert len(people) == 1
