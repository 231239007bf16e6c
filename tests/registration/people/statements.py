"""People as senders state them, made short: change what a test is about, leave the rest."""

from typing import Any

from tests.builders import A_VILLAGE
from tests.registration.people.builders import a_mobile, card_number


def a_person_row(number: int, **changes: Any) -> dict[str, Any]:
    """Somebody with name, card, telephone and contact of their own, unless changed."""
    return {
        "name": f"慕容{chr(0x4E00 + number)}",
        "identity": {"kind": "resident-card", "number": card_number(number)},
        "telephone": a_mobile(number),
        "contact": {"name": "诸葛亮", "telephone": a_mobile(number + 50_000_000), "relation": "父亲"},
        **changes,
    }


def a_person_statement(number: int, **changes: Any) -> dict[str, Any]:
    """The same with where they live."""
    return {"division": A_VILLAGE, **a_person_row(number), **changes}
