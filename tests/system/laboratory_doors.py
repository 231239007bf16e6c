"""The doors of laboratories and of sequencing, with a body that is good for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.builders import a_result
from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform
from tests.testing.laboratories.builders import (
    CDC,
    HOSPITAL,
    OTHER_HOSPITAL,
    a_control_run,
    a_laboratory,
    a_loan,
    a_round,
)
from tests.waiting import until


def a_sequence(now: datetime) -> Body:
    return {
        "laboratory": CDC,
        "lineage": "B.1.1.7",
        "accession": "CQ-1",
        "sequenced_at": now.isoformat(),
    }


def _loan(now: datetime) -> Body:
    return a_loan(now, reference=a_mark(), team=a_mark())


LABORATORY_DOORS = [
    Door(
        "testing",
        f"/v1/laboratories/{CDC}",
        lambda now: {"recorded_at": now.isoformat(), **a_laboratory()},
        instants=("recorded_at",),
        method="PUT",
    ),
    Door(
        "testing",
        "/v1/laboratory-loans",
        _loan,
        instants=("recorded_at",),
        texts=("reference", "team", "lender", "borrower"),
    ),
    Door(
        "testing",
        "/v1/laboratory-loans/{loan}/end",
        lambda now: {"ended_at": now.isoformat()},
        instants=("ended_at",),
    ),
    Door(
        "testing",
        f"/v1/laboratories/{CDC}/control-runs",
        lambda now: a_control_run(now, 0.5, run=a_mark()),
        instants=("measured_at", "recorded_at"),
        texts=("run", "lot"),
    ),
    Door(
        "testing",
        f"/v1/laboratories/{CDC}/proficiency-rounds",
        lambda now: a_round(now, 9, 1, round=a_mark()),
        instants=("held_at", "recorded_at"),
        texts=("round", "organiser"),
    ),
    Door(
        "testing",
        f"/v1/laboratories/{OTHER_HOSPITAL}/suspension",
        lambda now: {"reason_code": "inspection", "suspended_at": now.isoformat()},
        instants=("suspended_at", "recorded_at"),
        texts=("reason_code",),
    ),
    Door(
        "testing",
        f"/v1/laboratories/{OTHER_HOSPITAL}/reinstatement",
        lambda now: {"reason_code": "put-right", "ended_at": now.isoformat()},
        instants=("ended_at", "recorded_at"),
        texts=("reason_code",),
    ),
    Door(
        "testing",
        "/v1/sequencing-orders/{excluded}/exclusion",
        lambda now: {"reason_code": "degraded", "occurred_at": now.isoformat()},
        instants=("occurred_at", "recorded_at"),
        texts=("reason_code",),
    ),
    Door(
        "testing",
        "/v1/sequencing-orders/{sequenced}/sequence",
        lambda now: {**a_sequence(now), "accession": a_mark()},
        instants=("sequenced_at", "recorded_at"),
        institutions=("laboratory",),
        texts=("laboratory", "lineage", "accession"),
    ),
]

LABORATORY_LISTS = [
    "/v1/sequencing-orders",
    "/v1/laboratories",
    "/v1/laboratory-loans",
    "/v1/laboratory-suspensions",
    "/v1/laboratory-notices",
    "/v1/reroutings",
    "/v1/flagged-results",
]
_NOBODY = "00000000-0000-4000-8000-000000000000"
LABORATORY_KEYS: Mapping[str, Sequence[Any]] = {
    "/v1/laboratories": ("500104", CDC),
    "/v1/laboratory-loans": ("2021-02-01T00:00:00Z", _NOBODY),
    "/v1/sequencing-orders": ("2021-02-01T00:00:00Z", _NOBODY),
    "/v1/reroutings": ("2021-02-01T00:00:00Z", _NOBODY),
    "/v1/laboratory-notices": ("2021-02-01T00:00:00Z", _NOBODY),
    "/v1/flagged-results": ("2021-02-01T00:00:00Z", _NOBODY),
    "/v1/laboratory-suspensions": ("2021-02-01T00:00:00Z", _NOBODY),
    f"/v1/laboratories/{CDC}/control-runs": ("2021-02-01T00:00:00Z", "run-1"),
    f"/v1/laboratories/{CDC}/proficiency-rounds": ("2021-02-01T00:00:00Z", "round-1"),
}
"""Each list with a key that its cursors may hold."""
LABORATORIES_BY_ID = [
    "/v1/sequencing-orders/{}",
    "/v1/sequencing-orders/{}/comparisons",
    "/v1/laboratories/{}",
    "/v1/laboratories/{}/revisions",
    "/v1/laboratories/{}/figures",
    "/v1/laboratories/{}/hours",
    "/v1/laboratories/{}/control-runs",
    "/v1/laboratories/{}/proficiency-rounds",
]


async def _two_positives(platform: Platform, now: datetime) -> dict[str, str]:
    """Two positive samples with their orders, one to be excluded and one to be sequenced."""
    named = {
        name: (await platform.post("testing", "/v1/results", a_result(now)))["sample_id"]
        for name in ("excluded", "sequenced")
    }

    async def there() -> bool:
        listed = (await platform.get("testing", "/v1/sequencing-orders"))["items"]
        return set(named.values()) <= {one["sample_id"] for one in listed}

    await until(there, seconds=30, what="/v1/sequencing-orders")
    return named


async def seed_laboratories(platform: Platform, now: datetime) -> dict[str, str]:
    """Put one thing of each kind into the testing service and return their ids."""
    for code in (CDC, HOSPITAL, OTHER_HOSPITAL):
        answer = await platform.clients["testing"].put(f"/v1/laboratories/{code}", json=a_laboratory())
        assert answer.status_code == 201, answer.text
    for path, body in (
        (f"/v1/laboratories/{CDC}/control-runs", a_control_run(now, 0.1)),
        (f"/v1/laboratories/{CDC}/proficiency-rounds", a_round(now, 9, 1)),
        (f"/v1/laboratories/{OTHER_HOSPITAL}/suspension", {"reason_code": "inspection"}),
    ):
        await platform.post("testing", path, body)
    loan = a_loan(now, from_at=(now - timedelta(days=1)).isoformat())
    ids = await _two_positives(platform, now)
    return ids | {"loan": (await platform.post("testing", "/v1/laboratory-loans", loan))["loan_id"]}
