"""Valid statements about places, made short: change what a test is about, leave the rest."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.builders import A_VILLAGE

_numbers = count(1)

IN_CHARGE = {"name": "王建国", "telephone": "13800138000"}


def a_code() -> str:
    """A code that no place carries yet."""
    return f"P-{next(_numbers)}"


def a_place(**changes: Any) -> dict[str, Any]:
    """A nursing home of the village, unless changed."""
    return {
        "division": A_VILLAGE,
        "kind": "nursing-home",
        "name": "建胜镇敬老院",
        "in_charge": IN_CHARGE,
        **changes,
    }


def an_inspection(now: datetime, **changes: Any) -> dict[str, Any]:
    """An inspection of a nursing home an hour ago, with a finding about its supplies, unless changed."""
    items = ("temperature", "members-health", "staff-health", "visitors", "disinfection", "closing-ready")
    return {
        "reference": f"I-{next(_numbers)}",
        "inspected_at": (now - timedelta(hours=1)).isoformat(),
        "answers": {
            **{item: {"answer": "ok"} for item in items},
            "supplies": {"answer": "finding", "note": "口罩不足"},
        },
        **changes,
    }


def an_entry_check(**changes: Any) -> dict[str, Any]:
    """A healthy visitor at a place's door, unless changed."""
    return {
        "reference": f"E-{next(_numbers)}",
        "role": "visitor",
        "temperature": 36.5,
        "symptoms": [],
        **changes,
    }


PROOFS = ("quarantine-certificate", "nucleic-acid-report", "disinfection-certificate", "tracing-record")


def a_proof(kind: str, **changes: Any) -> dict[str, Any]:
    """A document of a kind that names no end, unless changed."""
    return {"kind": kind, "document": f"D-{next(_numbers)}", **changes}


def a_lot(place: str, *proofs: str, **changes: Any) -> dict[str, Any]:
    """Ten kilograms of beef that came to a place with proofs of some kinds, unless changed."""
    return {
        "place": place,
        "number": f"LOT-{next(_numbers)}",
        "goods": "冷冻牛肉",
        "origin": "巴西",
        "amount": 10,
        "unit": "kg",
        "proofs": [a_proof(kind) for kind in proofs],
        **changes,
    }


def a_gathering(now: datetime, people: int = 60, **changes: Any) -> dict[str, Any]:
    """A meeting of sixty people tomorrow, with a control plan, unless changed."""
    begins_at = now + timedelta(days=1)
    return {
        "reference": f"G-{next(_numbers)}",
        "division": A_VILLAGE,
        "kind": "meeting",
        "venue": "村民活动室",
        "people": people,
        "from": begins_at.isoformat(),
        "until": (begins_at + timedelta(hours=3)).isoformat(),
        "organiser": {"name": "李明", "telephone": "13900139000"},
        "plan": "PLAN-2021-7",
        **changes,
    }
