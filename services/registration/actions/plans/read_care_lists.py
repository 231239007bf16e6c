"""Read the lists that part people: how many stand on each, by division, or a page of one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.registration.rules.plans.care_list import CareList
from services.registration.storage import care_places
from services.registration.storage.care_places import CarePlace
from services.registration.storage.listing import Window
from shared.divisions import Division, DivisionRegister
from shared.postgres import Database

DIGITS = {"municipality": 6, "district": 6, "township": 9, "village": 12}
"""How many digits of a code name a unit of each level."""


@dataclass(frozen=True, slots=True)
class ListCounts:
    """How many people of a division stand on each list."""

    division: Division
    people: dict[CareList, int] = field(default_factory=dict[CareList, int])

    def add(self, care_list: CareList, people: int) -> None:
        """Count people in."""
        self.people[care_list] = self.people.get(care_list, 0) + people


async def count_care_lists(
    database: Database, register: DivisionRegister, division: str, bounds: tuple[str, str]
) -> tuple[ListCounts, list[ListCounts]]:
    """Return the counts of a division and those of the units directly below it, in the register's order.

    Who is entered at the division itself, and not below it, counts in the first only.
    """
    unit = register.get(division)
    children = register.children(division)
    digits = DIGITS[children[0].level] if children else len(division)
    async with database.connection() as connection:
        counted = await care_places.count_by_unit(connection, bounds, digits)
    whole = ListCounts(unit)
    below = {child.code: ListCounts(child) for child in children}
    for code, care_list, people in counted:
        whole.add(care_list, people)
        if code in below:
            below[code].add(care_list, people)
    return whole, list(below.values())


async def list_care_places(database: Database, window: Window, care_list: CareList) -> Sequence[CarePlace]:
    """Return the people of a list in a window, with one row to spare."""
    async with database.connection() as connection:
        return await care_places.list_places(connection, window, care_list)
