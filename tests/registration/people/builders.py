"""People for tests: as many as are wanted, none of them anybody's."""

from datetime import date, timedelta
from random import Random

from services.registration.rules.people.identity import Identity, IdentityKind, check_digit
from services.registration.rules.people.person import PersonStated, person_of
from tests.builders import A_VILLAGE

_FIRST_DAY = date(1940, 1, 1)
SURNAMES = "赵钱孙李周吴郑王冯陈"
GIVEN = ("伟", "芳", "秀英", "强", "建国", "丽", "军", "小红")


def card_number(number: int, area: str = "500104") -> str:
    """A sound number of a resident identity card, another one for each `number` up to a few million."""
    born_on = _FIRST_DAY + timedelta(days=number % 25_000)
    first = f"{area}{born_on:%Y%m%d}{number // 25_000:03d}"
    return first + check_digit(first)


def a_card(number: int) -> Identity:
    return Identity(IdentityKind.RESIDENT_CARD, card_number(number))


def a_mobile(number: int) -> str:
    return f"139{number:08d}"


def a_person(number: int, **changes: object) -> PersonStated:
    """Somebody with name, card and telephone of their own, unless changed."""
    random = Random(number)
    values: dict[str, object] = {
        "division": A_VILLAGE,
        "name": random.choice(SURNAMES) + random.choice(GIVEN),
        "identity": a_card(number),
        "telephone": a_mobile(number),
        **changes,
    }
    return person_of(**values)  # pyright: ignore[reportArgumentType]  # each is what person_of takes
