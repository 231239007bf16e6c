"""What `testing.yaml` says: who and what is tested how often, and what else asks for a test."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from shared.policy.notices import Citation
from shared.policy.values import Duration, Identifier, PolicyModel, Text

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]
Days = Annotated[int, Field(ge=0, le=30)]
LONGEST_PERIOD = timedelta(days=31)


def _whole_days(every: timedelta) -> timedelta:
    if every % timedelta(days=1) or every > LONGEST_PERIOD:
        raise PydanticCustomError("not_whole_days", "must be whole days, 31 at most")
    return every


Every = Annotated[Duration, AfterValidator(_whole_days)]
"""How often: whole days, 31 at most."""


class Kind(PolicyModel):
    """A finer kind of a category, with base numbers of its own."""

    id: Identifier
    title: Text


class Category(PolicyModel):
    """One category of people, environment or goods."""

    id: Identifier
    title: Text
    clause: Clauses | None = None
    """Where the notices name it; left out, `decided` says why it is there."""
    requirement: Identifier | None = None
    """The entry of requirements.yaml whose `every` it must keep, where there is one."""
    every: Every | None = None
    """How often each of its subjects is tested; left out, something else asks for each test."""
    measures: tuple[Identifier, ...] = ()
    """The measures of measures.yaml whose plans' tests count in it."""
    kinds: tuple[Kind, ...] = ()
    decided: Text | None = None


Listed = Annotated[tuple[Category, ...], Field(min_length=1)]


class Categories(PolicyModel):
    """The categories that are tested again and again."""

    clause: Clauses
    counted_from: date
    """A first day of a period; all periods of so many days are counted from it, forwards and backwards."""
    people: Listed
    environment: Listed
    goods: Listed
    decided: Text | None = None

    def all(self) -> Sequence[Category]:
        """Return all categories, in their order."""
        return (*self.people, *self.environment, *self.goods)


class PlanTests(PolicyModel):
    """Where tests of plans count whose measure no category lists."""

    clause: Clauses
    otherwise: Identifier
    decided: Text | None = None


class Counted(PolicyModel):
    """Where tests of a source count."""

    clause: Clauses
    category: Identifier
    decided: Text | None = None


class AtOnce(Counted):
    """Where tests count that are due at once, and until how many days later a sample settles them."""

    days: Days


class SiteRounds(PolicyModel):
    """Where the rounds of quarantine sites count, and within how many days after its due day one is done."""

    clause: Clauses
    people: Identifier
    environment: Identifier
    days: Days
    decided: Text | None = None


class DueSources(PolicyModel):
    """What asks for tests beside the categories' own periods."""

    plans: PlanTests
    departures: Counted
    sentinels: AtOnce
    symptoms: AtOnce
    cases: AtOnce
    site_rounds: SiteRounds
    lots: AtOnce
    """Lots of goods that may not be sold: due on so many days after they were blocked."""


class TestingFile(PolicyModel):
    """The file testing.yaml: categories with their frequency, and what else asks for a test."""

    categories: Categories
    households: Category
    due: DueSources
