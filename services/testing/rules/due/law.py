"""What the policy says of due tests, made ready for questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.day_count import day_number, number_of
from shared.policy import Pack
from shared.policy.release import Window
from shared.policy.testing import Category, DueSources, TestingFile
from shared.policy.values import Text
from shared.vocabulary import SubjectKind


@dataclass(frozen=True, slots=True)
class Countable:
    """What base numbers are stated of and samples are counted in: a category, or a finer kind of one."""

    id: str
    category: str
    subject_kind: SubjectKind
    title: Text
    every_days: int | None
    """None where something else asks for each test."""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days, both included, in which each subject is tested once."""

    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class DueLaw:
    """Categories, kinds and sources by name."""

    categories: Mapping[str, Category]
    kinds: Mapping[str, Countable]
    category_of_measure: Mapping[str, str]
    sources: DueSources
    plan_window: Window
    counted_from: date

    def category_of_plan_test(self, reasons: Sequence[str]) -> str:
        """Return where a plan's test counts: the category of the first measure that one lists."""
        named = (self.category_of_measure[one] for one in reasons if one in self.category_of_measure)
        return next(named, self.sources.plans.otherwise)

    def period_of(self, kind: Countable, day: date) -> Period | None:
        """Return the period of a kind in which a day lies; None for a kind without periods."""
        if kind.every_days is None:
            return None
        number = number_of(self.counted_from, day) // kind.every_days
        first_on = day_number(self.counted_from, number * kind.every_days)
        return Period(first_on, day_number(first_on, kind.every_days - 1))

    def periodic(self) -> Iterator[Countable]:
        """Return the kinds that fall due by themselves."""
        return (kind for kind in self.kinds.values() if kind.every_days is not None)


def compile_due_law(pack: Pack) -> DueLaw:
    """Return the law of due tests; raises ValueError for a policy that does not say it."""
    if pack.testing is None or pack.release is None:
        raise ValueError(f"the policy {pack.id} needs the files testing.yaml and release.yaml")
    file = pack.testing
    listed = list(_listed(file))
    return DueLaw(
        categories={category.id: category for category, _ in listed},
        kinds={one.id: one for category, subject in listed for one in _kinds_of(category, subject)},
        category_of_measure={measure: category.id for category, _ in listed for measure in category.measures},
        sources=file.due,
        plan_window=pack.release.tests,
        counted_from=file.categories.counted_from,
    )


def _listed(file: TestingFile) -> Iterator[tuple[Category, SubjectKind]]:
    groups = (
        (file.categories.people, SubjectKind.PERSON),
        (file.categories.environment, SubjectKind.ENVIRONMENT),
        (file.categories.goods, SubjectKind.GOODS),
        ((file.households,), SubjectKind.HOUSEHOLD),
    )
    return ((category, subject) for categories, subject in groups for category in categories)


def _kinds_of(category: Category, subject: SubjectKind) -> Iterator[Countable]:
    every_days = category.every.days if category.every else None
    for named in category.kinds or (category,):
        yield Countable(named.id, category.id, subject, named.title, every_days)
