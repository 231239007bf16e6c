"""The lists that part people, on the wire."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.actions.plans.read_care_lists import ListCounts
from services.registration.rules.plans.care_list import CareList
from services.registration.storage.care_places import CarePlace


class CareCounts(BaseModel):
    """How many people of a division stand on each list; each person is on one."""

    division: str
    name: str
    total: int
    lists: dict[CareList, int]
    """Every list, also one with nobody."""

    @classmethod
    def of(cls, counts: ListCounts) -> "CareCounts":
        """Return the wire's form of a division's counts."""
        lists = {care_list: counts.people.get(care_list, 0) for care_list in CareList}
        return cls(
            division=counts.division.code,
            name=counts.division.name,
            total=sum(lists.values()),
            lists=lists,
        )


class CareListsView(CareCounts):
    """The counts of a division, and those of the units directly below it."""

    children: list[CareCounts]

    @classmethod
    def with_children(cls, whole: ListCounts, below: Sequence[ListCounts]) -> "CareListsView":
        """Return the wire's form of a division with the units below it."""
        own = CareCounts.of(whole).model_dump()
        return cls.model_validate({**own, "children": [CareCounts.of(child) for child in below]})


class CarePlaceView(BaseModel):
    """A person on a list."""

    person_id: UUID
    division: str
    list: CareList
    since: AwareDatetime
    """Since when the person stands on this list."""
    plan_id: UUID | None
    """The open plan; null where there is none."""
    stage_kind: str | None
    stage_last_day: date | None
    last_day: date | None
    """Of the plan, in Asia/Shanghai."""

    @classmethod
    def of(cls, place: CarePlace) -> "CarePlaceView":
        """Return the wire's form of a person on a list."""
        return cls(
            person_id=place.id,
            division=place.division,
            list=place.list,
            since=place.since,
            plan_id=place.plan_id,
            stage_kind=place.stage_kind,
            stage_last_day=place.stage_last_day,
            last_day=place.last_day,
        )
