"""What a batch of results adds to the figures of its laboratories."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from services.testing.rules.laboratories.suspension import Suspension, suspension_at
from services.testing.rules.laboratories.turnaround import Stage, histogram_of
from services.testing.rules.results.result import ResultFacts
from shared.day_count import day_of
from shared.vocabulary import Result

HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class HourTally:
    """What was added to an hour of a laboratory."""

    laboratory: str
    hour: datetime
    results: int = 0
    positives: int = 0
    inconclusives: int = 0
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class StageTally:
    """What was added to the durations of a stage on a day of a laboratory."""

    laboratory: str
    day: date
    stage: Stage
    counts: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """All that a transaction adds."""

    hours: Sequence[HourTally]
    stages: Sequence[StageTally]

    def laboratories(self) -> set[str]:
        """Return whose results there are."""
        return {one.laboratory for one in self.hours}


def tally_of(results: Iterable[ResultFacts], received_at: datetime) -> Tally:
    """Return what first results add to the hours in which they were obtained, and to the days' durations.

    Called for ten thousand rows at a time: it loops in comprehensions, and works each hour out once.
    """
    of_hour: defaultdict[tuple[str, int], list[ResultFacts]] = defaultdict(list)
    for facts in results:
        of_hour[facts.institution, int(facts.resulted_at.timestamp()) // HOUR_SECONDS].append(facts)
    hours: list[HourTally] = []
    stages: dict[tuple[str, date, Stage], Counter[int]] = defaultdict(Counter)
    for (laboratory, number), group in of_hour.items():
        hour = datetime.fromtimestamp(number * HOUR_SECONDS, UTC)
        found = Counter([facts.result for facts in group])
        hours.append(
            HourTally(laboratory, hour, len(group), found[Result.POSITIVE], found[Result.INCONCLUSIVE])
        )
        day = day_of(hour)
        taken = [(facts.resulted_at - facts.sampled_at).total_seconds() for facts in group]
        told = [(received_at - facts.resulted_at).total_seconds() for facts in group]
        stages[laboratory, day, Stage.WHOLE] += histogram_of(taken)
        stages[laboratory, day, Stage.TELLING] += histogram_of(told)
    return Tally(hours, [StageTally(*place, counts) for place, counts in stages.items()])


def correction_tally(facts: ResultFacts) -> Tally:
    """Return what a correction adds to the hour in which the corrected result was obtained."""
    hour = facts.resulted_at.replace(minute=0, second=0, microsecond=0)
    return Tally([HourTally(facts.institution, hour, corrected=1)], [])


def doubtful(
    results: Iterable[ResultFacts], suspensions: Sequence[Suspension]
) -> list[tuple[ResultFacts, UUID]]:
    """Return the results that were obtained while their laboratory was suspended, with the suspension."""
    return [
        (facts, suspension.id)
        for facts in results
        if (suspension := suspension_at(suspensions, facts.institution, facts.resulted_at)) is not None
    ]
