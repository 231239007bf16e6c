"""The doors of risk areas and plans, with a body that is good for each."""

from datetime import datetime, timedelta
from itertools import count

from tests.system.door import Body, Door

_days = count(1)


def a_risk_area(now: datetime) -> Body:
    """A county at medium risk from a day on that no other has."""
    day = (now - timedelta(days=next(_days))).date().isoformat()
    return {"area": "130104", "name": "桥西区", "level": "medium", "from": day, "source": "公告"}


def _proof(now: datetime) -> Body:
    sampled = (now - timedelta(days=2)).isoformat()
    return {"kind": "negative-test", "sampled_at": sampled, "result": "negative"}


def _facts(now: datetime) -> Body:
    return {
        "arrived_at": (now - timedelta(hours=1)).isoformat(),
        "origin": "130104",
        "proofs": [_proof(now)],
        "returning_worker": True,
    }


PLAN_DOORS = [
    Door(
        "registration",
        "/v1/risk-areas",
        a_risk_area,
        instants=("recorded_at",),
        texts=("area", "name", "level", "from", "until", "source"),
    ),
    Door(
        "registration",
        "/v1/risk-areas/{risk_area}/withdraw",
        lambda _: {"reason": f"录入有误 {next(_days)}"},
        instants=("recorded_at",),
        texts=("reason",),
    ),
    Door(
        "registration",
        "/v1/returns/{return}/proofs",
        lambda now: {"source": "village", "proofs": [_proof(now)]},
        instants=("recorded_at",),
        texts=("source",),
    ),
    Door(
        "registration",
        "/v1/plans/preview",
        _facts,
        instants=("arrived_at",),
        texts=("origin", "occupation"),
    ),
]
