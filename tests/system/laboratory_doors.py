"""The doors of laboratories and of sequencing, with a body that is good for each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.system.door import Body, Door, a_mark
from tests.system.platform import Platform
from tests.testing.laboratories.builders import CDC, HOSPITAL, OTHER_HOSPITAL, a_laboratory, a_loan


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
]

LABORATORY_LISTS = ["/v1/laboratories", "/v1/laboratory-loans"]
_NOBODY = "00000000-0000-4000-8000-000000000000"
LABORATORY_KEYS: Mapping[str, Sequence[Any]] = {
    "/v1/laboratories": ("500104", CDC),
    "/v1/laboratory-loans": ("2021-02-01T00:00:00Z", _NOBODY),
}
"""Each list with a key that its cursors may hold."""
LABORATORIES_BY_ID = ["/v1/laboratories/{}", "/v1/laboratories/{}/revisions"]


async def seed_laboratories(platform: Platform, now: datetime) -> dict[str, str]:
    """Put one thing of each kind into the testing service and return their ids."""
    for code in (CDC, HOSPITAL, OTHER_HOSPITAL):
        answer = await platform.clients["testing"].put(f"/v1/laboratories/{code}", json=a_laboratory())
        assert answer.status_code == 201, answer.text
    loan = a_loan(now, from_at=(now - timedelta(days=1)).isoformat())
    return {"loan": (await platform.post("testing", "/v1/laboratory-loans", loan))["loan_id"]}
