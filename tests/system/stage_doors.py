"""The doors of tests done elsewhere, hand-overs and releases, with a body that is good for each."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.registration.returns.stories import a_person
from tests.registration.statements import a_return
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform
from tests.waiting import until

AT_A_SITE = timedelta(days=14)
"""So long after an arrival from abroad the last day at the site has come, and its hand-over."""


def _proof(now: datetime) -> Body:
    sampled = now - timedelta(hours=9)
    return {
        "reference": a_mark(),
        "institution": "武汉市疾病预防控制中心",
        "result": "negative",
        "sampled_at": sampled.isoformat(),
        "resulted_at": (sampled + timedelta(hours=6)).isoformat(),
    }


def _told(now: datetime) -> Body:
    return {"occurred_at": now.isoformat()}


STAGE_DOORS = [
    Door(
        "registration",
        "/v1/plans/{plan}/test-results/{result}/withdrawal",
        lambda _: {"reason": "报告系伪造"},
        instants=("recorded_at",),
        texts=("reason",),
    ),
    Door(
        "registration",
        "/v1/returns/{doubtful_return}/proofs/{paper}/withdrawal",
        lambda _: {"reason": "报告系伪造"},
        instants=("recorded_at",),
        texts=("kind", "reason", "source"),
    ),
    Door(
        "registration",
        "/v1/returns/{doubtful_return}/withdrawal",
        lambda _: {"reason": "did-not-arrive"},
        instants=("occurred_at", "recorded_at"),
        texts=("reason", "note"),
    ),
    Door(
        "registration",
        "/v1/plans/{plan}/test-results",
        _proof,
        instants=("sampled_at", "resulted_at", "recorded_at"),
        texts=("reference", "institution", "result"),
    ),
    Door(
        "registration",
        "/v1/handovers/{handover}/taken-over",
        _told,
        instants=("occurred_at", "recorded_at"),
    ),
    Door(
        "registration",
        "/v1/handovers/{handover}/confirmed",
        _told,
        instants=("occurred_at", "recorded_at"),
    ),
]


async def seed_plan(platform: Platform, now: datetime) -> dict[str, str]:
    """Somebody who entered the country a fortnight ago and leaves the site tomorrow: plan and hand-over.

    And a return with a paper and a result, which may be withdrawn.
    """
    arrived = now - AT_A_SITE
    entry: dict[str, Any] = {
        "entered_on": arrived.astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat(),
        "place": "here",
    }
    row = a_return(now, person=a_person(), arrived_at=arrived.isoformat(), entry=entry, reference=a_mark())
    await platform.post("registration", "/v1/returns", row)

    async def asked_for() -> Any:
        return (await platform.get("registration", "/v1/handovers"))["items"]

    handover = (await until(asked_for, seconds=30, what="the hand-over is asked for"))[0]
    plan = handover["plan_id"]
    result = await platform.post("registration", f"/v1/plans/{plan}/test-results", _proof(now))
    paper = {
        "kind": "negative-test",
        "sampled_at": (now - timedelta(days=2)).isoformat(),
        "result": "negative",
    }
    doubtful = await platform.post(
        "registration", "/v1/returns", a_return(now, person=a_person(), proofs=[paper], reference=a_mark())
    )
    whole = await platform.get("registration", f"/v1/returns/{doubtful['return_id']}")
    return {
        "plan": plan,
        "handover": handover["handover_id"],
        "result": result["sample_id"],
        "doubtful_return": doubtful["return_id"],
        "paper": whole["journey"]["proofs"][0]["proof_id"],
    }
