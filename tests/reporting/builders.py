"""Events and bodies that reporting meets, valid unless a test changes them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.contracts.testing import SamplePositive, SamplePositiveWithdrawn
from shared.vocabulary import Method
from tests.builders import A_VILLAGE


def a_positive(
    now: datetime,
    *,
    sample_id: UUID | None = None,
    division: str = A_VILLAGE,
    institution: str = "500104-cdc",
) -> SamplePositive:
    """A positive result obtained `now`, of a sample not used before unless one is given."""
    sample_id = sample_id or uuid4()
    return SamplePositive(
        division=division,
        occurred_at=now,
        recorded_at=now + timedelta(seconds=20),
        sample_id=sample_id,
        tube_code=f"T-{sample_id.hex[:8]}",
        institution=institution,
        method=Method.PCR,
        sampled_at=now - timedelta(hours=6),
    )


def its_withdrawal(positive: SamplePositive) -> SamplePositiveWithdrawn:
    """The withdrawal of a positive result, half an hour later."""
    withdrawn_at = positive.occurred_at + timedelta(minutes=30)
    return SamplePositiveWithdrawn(
        division=positive.division,
        occurred_at=withdrawn_at,
        recorded_at=withdrawn_at,
        sample_id=positive.sample_id,
        institution=positive.institution,
        reason_code="contamination",
        withdrawn_by="key-1",
    )


def a_report(occurred_at: datetime, /, **changes: Any) -> dict[str, Any]:
    """A direct report as an institution sends it."""
    return {
        "classification": "confirmed",
        "institution": "500104-h01",
        "reporter": "王医生",
        "occurred_at": occurred_at.isoformat(),
        **changes,
    }


def a_review(occurred_at: datetime, /, **changes: Any) -> dict[str, Any]:
    """A review as disease control sends it."""
    return {
        "outcome": "approved",
        "reviewer": "李科长",
        "investigation_started_at": (occurred_at - timedelta(minutes=20)).isoformat(),
        "occurred_at": occurred_at.isoformat(),
        **changes,
    }


def a_daily_report(**changes: Any) -> dict[str, Any]:
    """A village's figures of 1 February 2021."""
    return {
        "unit": A_VILLAGE,
        "day": "2021-02-01",
        "figures": {"new_returnees": 3, "under_quarantine": 12, "symptomatic": 0, "tests_done": 40},
        "reporter": "赵网格员",
        **changes,
    }
