"""Due against done on the wire."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel

from services.testing.storage.coverage import DayCoverage, UnitCoverage


class Covered(BaseModel):
    """What of a category is due, and what of that is done."""

    category: str
    due: int
    done: int
    late: int
    """Of the done, those sampled after their day."""
    missing: int


class UnitView(BaseModel):
    """The coverage of a unit, all units below it included."""

    division: str
    due: int
    done: int
    late: int
    missing: int
    categories: list[Covered]


class CoverageView(BaseModel):
    """The coverage 应检尽检覆盖率 of a unit and of each directly below it, between two days."""

    from_on: date
    to_on: date
    whole: UnitView
    units: list[UnitView]

    @classmethod
    def of(cls, division: str, from_on: date, to_on: date, found: Sequence[UnitCoverage]) -> "CoverageView":
        """Return the wire's form of what was read; units to which nothing is due are left out."""
        by_unit: defaultdict[str, list[Covered]] = defaultdict(list)
        for one in found:
            by_unit[one.division].append(
                Covered(
                    category=one.category,
                    due=one.due,
                    done=one.done,
                    late=one.late,
                    missing=one.due - one.done,
                )
            )
        whole = _unit(division, by_unit.pop(division, []))
        return cls(
            from_on=from_on,
            to_on=to_on,
            whole=whole,
            units=[_unit(unit, covered) for unit, covered in by_unit.items()],
        )


def _unit(division: str, covered: list[Covered]) -> UnitView:
    return UnitView(
        division=division,
        due=sum(one.due for one in covered),
        done=sum(one.done for one in covered),
        late=sum(one.late for one in covered),
        missing=sum(one.missing for one in covered),
        categories=covered,
    )


class CoveredDay(Covered):
    """What of a category is due by a day, and what of that is done."""

    day: date


class CoverageHistory(BaseModel):
    """The coverage of a unit day by day."""

    division: str
    from_on: date
    to_on: date
    days: list[CoveredDay]

    @classmethod
    def of(cls, division: str, from_on: date, to_on: date, found: Sequence[DayCoverage]) -> "CoverageHistory":
        """Return the wire's form of what was read."""
        return cls(
            division=division,
            from_on=from_on,
            to_on=to_on,
            days=[
                CoveredDay(
                    day=one.day,
                    category=one.category,
                    due=one.due,
                    done=one.done,
                    late=one.late,
                    missing=one.due - one.done,
                )
                for one in found
            ],
        )
