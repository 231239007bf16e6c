"""The doors of laboratories' messages and workbooks, which take no JSON of ours."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from tests.builders import A_VILLAGE
from tests.system.platform import Platform
from tests.testing.results.laboratory_messages import an_hl7_message, an_order

_NOBODY = "00000000-0000-0000-0000-000000000000"
RESULT_KEYS: Mapping[str, Sequence[Any]] = {"/v1/inbound-messages": (A_VILLAGE, _NOBODY)}
RESULTS_BY_ID = ["/v1/inbound-messages/{}"]


async def seed_results(platform: Platform, now: datetime) -> dict[str, str]:
    """Send a message that is taken and return its id."""
    client: httpx.AsyncClient = platform.clients["testing"]
    message = an_hl7_message(now, an_order(now, result="260373001"))
    answer = await client.post(
        "/v1/results/hl7", content=message, headers={"content-type": "application/hl7-v2"}
    )
    answer.raise_for_status()
    kept = await platform.get("testing", "/v1/inbound-messages")
    return {"message": kept["items"][0]["message_id"]}
