"""What tests say to the service about a case."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from services.reporting.actions.open_cases import open_cases
from services.reporting.rules.case_facts import case_id_of
from tests.reporting.builders import a_positive, a_report, a_review
from tests.reporting.conftest import Office


async def an_open_case(office: Office, **changes: Any) -> UUID:
    """A case whose positive result was obtained now; the clock then stands an hour later."""
    positive = a_positive(office.clock.now(), **changes)
    await open_cases(office.database, [positive], now=office.clock.now())
    office.clock.advance(timedelta(hours=1))
    return case_id_of(positive.sample_id)


async def report(office: Office, case_id: UUID, **changes: Any) -> httpx.Response:
    return await office.client.post(
        f"/v1/cases/{case_id}/report", json=a_report(office.clock.now(), **changes)
    )


async def review(office: Office, case_id: UUID, **changes: Any) -> httpx.Response:
    return await office.client.post(
        f"/v1/cases/{case_id}/review", json=a_review(office.clock.now(), **changes)
    )


def refused_fields(answer: httpx.Response) -> list[str]:
    assert answer.headers["content-type"].startswith("application/problem+json")
    problems = answer.json()["problems"]
    assert all(problem["reason"] for problem in problems)
    return [problem["field"] for problem in problems]
