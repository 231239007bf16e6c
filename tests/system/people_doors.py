"""The doors of people, with a body that is good."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform

_numbers = iter(range(1_000_000))
NOBODY = str(UUID(int=0))


def _stated(_: datetime) -> Body:
    """Somebody new: of one surname and telephone with all others, so that each is suspected to be another."""
    return {
        "division": A_VILLAGE,
        "name": f"张{chr(0x4E00 + next(_numbers) % 20_000)}",
        "telephone": "13800000000",
        "birth_date": "1990-01-01",
    }


def _wanted(_: datetime) -> Body:
    return {"telephone": "13800000000"}


def _correction(_: datetime) -> Body:
    return {"reason": "changed", "telephone": "13900000000"}


def _decision(_: datetime) -> Body:
    return {"decision": "distinct", "reason": "asked-in-person"}


def _merge(_: datetime) -> Body:
    return {"one": str(UUID(int=7)), "other": str(UUID(int=8)), "reason": "entry-error"}


def _undo(_: datetime) -> Body:
    return {"reason": "entry-error"}


def _announced(now: datetime) -> Body:
    return {
        "reference": a_mark(),
        "division": A_VILLAGE,
        "source": "village",
        "person": {"name": "张三", "contact": {"name": "李四", "telephone": "13700000000"}},
        "origin": "130104",
        "transport": {"kind": "train"},
        "intended_on": now.date().isoformat(),
        "health": "well",
    }


def _recovery(now: datetime) -> Body:
    return {
        "recovered_at": now.isoformat(),
        "reason": "出院并解除观察",
        "stated_by": "赵审核",
        "institution": "500104-cdc",
    }


PEOPLE_DOORS = [
    Door(
        "registration",
        "/v1/people/{person}/recoveries",
        _recovery,
        instants=("recovered_at", "recorded_at"),
        institutions=("institution",),
        texts=("kind", "reason", "stated_by"),
    ),
    Door(
        "registration",
        "/v1/preregistrations",
        _announced,
        instants=("recorded_at",),
        divisions=("division",),
        texts=("reference", "source", "origin", "intended_on", "health"),
    ),
    Door(
        "registration",
        "/v1/people",
        _stated,
        divisions=("division",),
        texts=("name", "telephone", "birth_date", "occupation"),
    ),
    Door("registration", "/v1/people/search", _wanted, texts=("telephone",)),
    Door(
        "registration",
        "/v1/people/{person}/corrections",
        _correction,
        divisions=("division",),
        texts=("reason", "name", "telephone", "birth_date", "occupation"),
    ),
    Door(
        "registration",
        "/v1/people/suspects/{suspect}/decision",
        _decision,
        texts=("decision", "reason", "keep"),
    ),
    Door("registration", "/v1/people/merges", _merge, texts=("one", "other", "reason", "keep")),
    Door("registration", "/v1/people/merges/{decision}/undo", _undo, texts=("reason",)),
]
PEOPLE_BY_ID = ("/v1/people/{}", "/v1/preregistrations/{}")
PEOPLE_LISTS: dict[str, Sequence[Any]] = {
    "/v1/people": (A_VILLAGE, NOBODY),
    "/v1/preregistrations": (A_VILLAGE, NOBODY),
    "/v1/people/suspects": (A_VILLAGE, NOBODY),
    "/v1/recoveries": (A_VILLAGE, NOBODY),
    "/v1/people/unmaskings": ("2021-02-01T00:00:00Z", NOBODY),
}


async def seed_people(platform: Platform, ids: dict[str, str]) -> None:
    """Three people of whom any two may be one; two of them are merged."""
    now = platform.clock.now()
    people = [await platform.post("registration", "/v1/people", _stated(now)) for _ in range(3)]
    announced = await platform.post("registration", "/v1/preregistrations", _announced(now))
    ids["preregistration"] = announced["preregistration_id"]
    ids["person"] = people[0]["person_id"]
    merge = {**_merge(now), "one": people[1]["person_id"], "other": people[2]["person_id"]}
    ids["decision"] = (await platform.post("registration", "/v1/people/merges", merge))["decision_id"]
    suspects = await platform.get("registration", "/v1/people/suspects")
    ids["suspect"] = suspects["items"][0]["suspect_id"]
