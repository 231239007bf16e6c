"""The doors of key places, goods, gatherings and notices, with a body that is good for each."""

from datetime import datetime, timedelta
from typing import Any

from tests.builders import A_VILLAGE
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform

ITEMS = ("temperature", "members-health", "staff-health", "visitors", "disinfection", "closing-ready")
TOLD = ("occurred_at", "recorded_at")
PROOFS = ("quarantine-certificate", "nucleic-acid-report", "disinfection-certificate", "tracing-record")


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


def _lot(now: datetime) -> Body:
    return {
        "place": "seed-1",
        "number": a_mark(),
        "goods": "冷冻牛肉",
        "origin": "巴西",
        "amount": 10,
        "unit": "kg",
        "proofs": [{"kind": kind, "document": a_mark()} for kind in PROOFS],
        "occurred_at": now.isoformat(),
    }


def _proof(now: datetime) -> Body:
    return {"kind": "tracing-record", "document": a_mark(), "occurred_at": now.isoformat()}


def _sale(now: datetime) -> Body:
    return {"reference": a_mark(), "place": "seed-1", "amount": 0.001, "occurred_at": now.isoformat()}


def _movement(now: datetime) -> Body:
    return {
        "reference": a_mark(),
        "from_place": "seed-1",
        "to_place": "seed-2",
        "amount": 0.001,
        "occurred_at": now.isoformat(),
    }


def _gathering(now: datetime) -> Body:
    begins_at = now + timedelta(days=1)
    return {
        "reference": a_mark(),
        "division": A_VILLAGE,
        "kind": "meeting",
        "venue": "村民活动室",
        "people": 60,
        "from": begins_at.isoformat(),
        "until": (begins_at + timedelta(hours=3)).isoformat(),
        "organiser": {"name": "组织者", "telephone": "13900139000"},
        "plan": "PLAN-1",
        "recorded_at": now.isoformat(),
    }


def _decision(now: datetime) -> Body:
    return {"decision": "approved", "people": 60, "reason": "方案可行", "occurred_at": now.isoformat()}


def _cancellation(now: datetime) -> Body:
    return {"reason": "改为线上", "occurred_at": now.isoformat()}


def _notice(now: datetime) -> Body:
    return {
        "division": A_VILLAGE,
        "issuer": "外省指挥部",
        "number": a_mark(),
        "received_at": now.isoformat(),
        "entries": [{"kind": "vehicle", "vehicle": "G 1"}],
    }


def _found(now: datetime) -> Body:
    return {"step": "found", "reason": "已找到", "occurred_at": now.isoformat()}


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
    Door(
        "registration",
        "/v1/cold-chain-lots",
        _lot,
        TOLD,
        texts=("place", "number", "goods", "origin", "unit"),
    ),
    Door("registration", "/v1/cold-chain-lots/{lot}/proofs", _proof, TOLD, texts=("kind", "document")),
    Door("registration", "/v1/cold-chain-lots/{lot}/sales", _sale, TOLD, texts=("reference", "place")),
    Door(
        "registration",
        "/v1/cold-chain-lots/{lot}/movements",
        _movement,
        TOLD,
        texts=("reference", "from_place", "to_place"),
    ),
    Door(
        "registration",
        "/v1/gatherings",
        _gathering,
        instants=("held_at", "recorded_at"),
        divisions=("division",),
        texts=("reference", "kind", "venue", "plan"),
    ),
    Door(
        "registration", "/v1/gatherings/{gathering}/decision", _decision, TOLD, texts=("decision", "reason")
    ),
    Door("registration", "/v1/gatherings/{gathering}/cancellation", _cancellation, TOLD, texts=("reason",)),
    Door(
        "registration",
        "/v1/assistance-notices",
        _notice,
        instants=("received_at", "recorded_at"),
        divisions=("division",),
        texts=("issuer", "number"),
    ),
    Door("registration", "/v1/notice-matches/{match}/steps", _found, TOLD, texts=("step", "reason")),
]

NOTICE_LISTS = ("/v1/assistance-notices", "/v1/notice-matches")
PLACE_LISTS = ["/v1/places", "/v1/findings", "/v1/cold-chain-lots", "/v1/gatherings", *NOTICE_LISTS]
PLACES_BY_ID = [
    *("/v1/places/{}", "/v1/places/{}/inspections", "/v1/findings/{}"),
    *("/v1/gatherings/{}", "/v1/assistance-notices/{}", "/v1/notice-matches/{}"),
    *("/v1/cold-chain-lots/{}", "/v1/cold-chain-lots/{}/sale-check", "/v1/cold-chain-lots/{}/trace"),
]


async def seed_places(platform: Platform, now: datetime) -> dict[str, str]:
    """Put one thing of each kind into the registration service and return their ids."""
    for code in ("seed-1", "seed-2"):
        answer = await platform.clients["registration"].put(f"/v1/places/{code}", json=_place(now))
        assert answer.status_code == 201, answer.text
    inspection = _inspection(now - timedelta(hours=1))
    done = await platform.post("registration", "/v1/places/seed-1/inspections", inspection)
    goods = _lot(now - timedelta(hours=1))
    await platform.post("registration", "/v1/cold-chain-lots", goods)
    notice = {**_notice(now), "entries": [{"kind": "goods", "lot": goods["number"]}]}
    await platform.post("registration", "/v1/assistance-notices", notice)
    (match,) = (await platform.get("registration", "/v1/notice-matches"))["items"]
    another = await platform.post("registration", "/v1/cold-chain-lots", _lot(now - timedelta(hours=1)))
    gathering = await platform.post("registration", "/v1/gatherings", _gathering(now))
    return {
        "gathering": gathering["gathering_id"],
        "lot": another["lot_id"],
        "match": match["match_id"],
        "place": "seed-1",
        "finding": done["answers"]["supplies"]["finding_id"],
    }
