"""The doors of key places, goods, gatherings and notices, with a body that is good for each."""

from datetime import datetime, timedelta
from typing import Any

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform

ITEMS = ("temperature", "members-health", "staff-health", "visitors", "disinfection", "closing-ready")
TOLD = ("occurred_at", "recorded_at")


def _place(_: datetime) -> Body:
    in_charge = {"name": "负责人", "telephone": "13800138000"}
    return {"division": A_VILLAGE, "kind": "nursing-home", "name": "敬老院", "in_charge": in_charge}


def _inspection(now: datetime) -> Body:
    answers: dict[str, Any] = {item: {"answer": "ok"} for item in ITEMS} | {"supplies": {"answer": "finding"}}
    return {"reference": a_mark(), "inspected_at": now.isoformat(), "answers": answers}


def _closing(now: datetime) -> Body:
    return {"closed": True, "reason": "全镇排查", "occurred_at": now.isoformat()}


def _abnormality(now: datetime) -> Body:
    return {"kind": "fever", "note": "一人发热", "occurred_at": now.isoformat()}


def _entry(now: datetime) -> Body:
    return {
        "reference": a_mark(),
        "role": "visitor",
        "temperature": 36.5,
        "symptoms": [],
        "occurred_at": now.isoformat(),
    }


def _mended(now: datetime) -> Body:
    return {"step": "mended", "note": "已补充", "occurred_at": now.isoformat()}


PLACE_DOORS = [
    Door(
        "registration",
        "/v1/places/door-1",
        _place,
        divisions=("division",),
        texts=("kind", "name", "address"),
        method="PUT",
    ),
    Door(
        "registration",
        "/v1/places/{place}/inspections",
        _inspection,
        instants=("inspected_at", "recorded_at"),
        texts=("reference",),
    ),
    Door("registration", "/v1/places/{place}/closed-management", _closing, TOLD, texts=("reason",)),
    Door("registration", "/v1/places/{place}/abnormalities", _abnormality, TOLD, texts=("kind", "note")),
    Door("registration", "/v1/places/{place}/entry-checks", _entry, TOLD, texts=("reference", "role")),
    Door("registration", "/v1/findings/{finding}/steps", _mended, TOLD, texts=("step", "note")),
]

PLACE_LISTS = ["/v1/places", "/v1/findings"]
PLACES_BY_ID = ["/v1/places/{}", "/v1/places/{}/inspections", "/v1/findings/{}"]


async def seed_places(platform: Platform, now: datetime) -> dict[str, str]:
    """Put one thing of each kind into the registration service and return their ids."""
    answer = await platform.clients["registration"].put("/v1/places/seed-1", json=_place(now))
    assert answer.status_code == 201, answer.text
    inspection = _inspection(now - timedelta(hours=1))
    done = await platform.post("registration", "/v1/places/seed-1/inspections", inspection)
    return {"place": "seed-1", "finding": done["answers"]["supplies"]["finding_id"]}
