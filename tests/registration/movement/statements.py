"""Valid notices from other provinces, made short: change what a test is about, leave the rest."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from services.registration.rules.people.identity import check_digit
from tests.builders import A_VILLAGE, JIANSHENG
from tests.registration.statements import a_return

_numbers = count(1)


def a_card() -> str:
    """The number of an identity card that nobody has yet, with its check digit."""
    for number in _numbers:
        first = f"5001041990{1 + number // 1000 % 12:02}01{number % 1000:03}"
        card = first + check_digit(first + "0")
        if not card.endswith("000"):  # which looks like a number that Excel has damaged
            return card
    raise AssertionError("numbers have no end")


def a_mobile() -> str:
    """A mobile number that nobody has yet."""
    return f"139{next(_numbers):08}"


def a_person(**changes: Any) -> dict[str, Any]:
    """A person with a card and a telephone, unless changed."""
    identity = {"kind": "resident-card", "number": a_card()}
    return {"name": "张伟", "identity": identity, "telephone": a_mobile(), **changes}


def a_persons_return(now: datetime, person: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The registered return of a person an hour ago, unless changed."""
    arrived_at = (now - timedelta(hours=1)).isoformat()
    return (
        a_return(
            now,
            division=A_VILLAGE,
            source="village",
            arrived_at=arrived_at,
            registered_at=arrived_at,
            person=person,
        )
        | changes
    )


def a_notice(now: datetime, *entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A notice that the town received an hour ago and that names some entries."""
    return {
        "division": JIANSHENG,
        "issuer": "河北省石家庄市疫情防控指挥部",
        "number": f"XC-{next(_numbers)}",
        "received_at": (now - timedelta(hours=1)).isoformat(),
        "entries": list(entries),
        **changes,
    }


def named(person: dict[str, Any], *fields: str, **changes: Any) -> dict[str, Any]:
    """An entry that names a person by some of what is known of them."""
    return {"kind": "person", **{field: person[field] for field in fields or ("identity",)}, **changes}


def a_train(number: str, **changes: Any) -> dict[str, Any]:
    """An entry that names a train."""
    return {"kind": "vehicle", "vehicle": number, **changes}
