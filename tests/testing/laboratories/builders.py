"""Valid laboratories for tests, made short: change what a test is about, leave the rest."""

from datetime import date, datetime, time, timedelta
from typing import Any

from services.testing.rules.laboratories.laboratory import (
    Accreditation,
    Instruments,
    LaboratoryFacts,
    Shift,
    Staff,
    Stock,
)
from services.testing.rules.laboratories.loan import Loan
from shared.policy import load_pack
from shared.policy.laboratories import LaboratoriesFile
from tests.policy.packs import PACK

CDC, HOSPITAL, OTHER_HOSPITAL, THIRD_PARTY = "500104-cdc", "500104-h01", "500104-h02", "500107-l01"
VALID_UNTIL = date(2030, 12, 31)


def the_law() -> LaboratoriesFile:
    """What the real policy says of laboratories."""
    law = load_pack(PACK).laboratories
    assert law is not None
    return law


def some_facts(**changes: Any) -> LaboratoryFacts:
    """A laboratory of 1,000 tubes a day that lacks nothing, unless changed."""
    fields: dict[str, Any] = {
        "shifts": (Shift("day", time(8), time(20), 600), Shift("night", time(20), time(8), 400)),
        "staff": (Staff("extraction", 4, 4),),
        "instruments": (Instruments("thermocycler", 3, 3),),
        "stocks": tuple(Stock(one.id, 3_000) for one in the_law().ledger.materials),
        "accreditation": Accreditation("备案", "渝-001", VALID_UNTIL),
    }
    return LaboratoryFacts(**{**fields, **changes})


def a_laboratory(**changes: Any) -> dict[str, Any]:
    """The same as it is sent."""
    return {
        "shifts": [
            {"name": "day", "begins_at": "08:00", "ends_at": "20:00", "tubes": 600},
            {"name": "night", "begins_at": "20:00", "ends_at": "08:00", "tubes": 400},
        ],
        "staff": [{"role": "extraction", "present": 4, "needed": 4}],
        "instruments": [{"kind": "thermocycler", "working": 3, "needed": 3}],
        "stocks": [{"material": one.id, "tubes": 3_000} for one in the_law().ledger.materials],
        "accreditation": {"scheme": "备案", "number": "渝-001", "valid_until": VALID_UNTIL.isoformat()},
        **changes,
    }


def a_loan(now: datetime, **changes: Any) -> dict[str, Any]:
    """A team of the district's hospital that is lent to its disease control for two days, as it is sent."""
    return {
        "reference": "loan-1",
        "team": "team-1",
        "lender": HOSPITAL,
        "borrower": CDC,
        "people": 6,
        "tubes_per_day": 300,
        "from_at": (now - timedelta(hours=1)).isoformat(),
        "until_at": (now + timedelta(days=2)).isoformat(),
        **changes,
    }


def some_loan(now: datetime, **changes: Any) -> Loan:
    """The same as the rules see it."""
    fields: dict[str, Any] = {
        **a_loan(now),
        "from_at": now - timedelta(hours=1),
        "until_at": now + timedelta(days=2),
        **changes,
    }
    return Loan(**fields)


def a_control_run(now: datetime, *deviations: float | None, **changes: Any) -> dict[str, Any]:
    """The controls of a run as they are sent: weak positives so many deviations of half a cycle from 33."""
    positives = [
        {"kind": "weak-positive", **({} if one is None else {"ct": 33 + one / 2})} for one in deviations
    ]
    return {
        "run": "run-1",
        "lot": "lot-1",
        "mean_ct": 33,
        "deviation_ct": 0.5,
        "controls": [*positives, *[{"kind": "negative"}] * 3],
        "measured_at": now.isoformat(),
        **changes,
    }


def a_round(now: datetime, right: int, wrong: int, **changes: Any) -> dict[str, Any]:
    """A proficiency round as it is sent."""
    said = ["positive"] * right + ["negative"] * wrong
    return {
        "round": "round-1",
        "organiser": "nccl",
        "items": [
            {"item": f"s{number}", "expected": "positive", "reported": one} for number, one in enumerate(said)
        ],
        "held_at": now.isoformat(),
        **changes,
    }
