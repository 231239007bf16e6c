"""Two records that are one person 人员合并, and which of their due tests ask twice for the same.

Nobody is tested twice because they were entered twice, and nobody is forgotten when a merge is undone: what
is a double follows anew, each time, from the records, their tests and their samples.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.testing.rules.due.asking import BY_NAME, Source
from services.testing.rules.due.settlement import Swab
from shared.day_count import day_of


@dataclass(frozen=True, slots=True)
class Merge:
    """A decision that two records are one person."""

    person_id: UUID
    """The record that survives."""
    merged_person_id: UUID


def survivors_of(records: Iterable[UUID], merges: Sequence[Merge]) -> Mapping[UUID, UUID]:
    """Return the surviving record of each record that is one person with others; those alone are absent.

    Of records merged in a circle, the least survives: who is one person does not depend on who survives.
    """
    nearest: dict[UUID, set[UUID]] = {record: {record} for record in records}
    for merge in merges:
        together = nearest.setdefault(merge.person_id, {merge.person_id})
        together |= nearest.setdefault(merge.merged_person_id, {merge.merged_person_id})
        for record in together:
            nearest[record] = together
    ended = {merge.merged_person_id for merge in merges}
    return {
        record: min(together - ended or together) for record, together in nearest.items() if len(together) > 1
    }


@dataclass(frozen=True, slots=True)
class Claim:
    """What a due test asks of a person."""

    due_id: UUID
    subject_id: UUID
    source: Source
    series: UUID
    counted_in: str
    """The kind, or the category where there is none."""
    from_on: date
    due_on: date
    until_on: date | None
    told_at: datetime
    division: str

    @property
    def demand(self) -> tuple[object, ...]:
        """What two tests have in common that ask for the same; a case, plan or departure asks by itself.

        What is ordered by name asks in its own division: another's order must not make it vanish there.
        """
        window = (self.from_on, self.due_on, self.until_on)
        by_itself = self.source in (Source.CASE, Source.PLAN, Source.DEPARTURE)
        where = self.division if self.source in BY_NAME else None
        return (self.source, self.series if by_itself else None, where, self.counted_in, window)


def doubles_of(claims: Collection[Claim], survivor_id: UUID, swabs: Iterable[Swab]) -> Mapping[UUID, UUID]:
    """Return which of a person's due tests are doubles, each with the test that stands for it.

    Tests of different records that ask for the same are one: that of the surviving record, if it has one.
    Symptoms that were flagged again before anybody had sampled the person ask for no second sample.
    """
    symptoms = [claim for claim in claims if claim.source is Source.SYMPTOM]
    doubles = dict(_doubles_of_symptoms(symptoms, sorted(swabs)))
    groups: defaultdict[tuple[object, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.source is not Source.SYMPTOM:
            groups[claim.demand].append(claim)
    for group in groups.values():
        first = min(group, key=lambda claim: (claim.subject_id != survivor_id, claim.due_id))
        doubles |= {one.due_id: first.due_id for one in group if one.subject_id != first.subject_id}
    return doubles


def _doubles_of_symptoms(claims: Sequence[Claim], swabs: Sequence[Swab]) -> Iterable[tuple[UUID, UUID]]:
    standing: Claim | None = None
    for claim in sorted(claims, key=lambda claim: (claim.told_at, claim.due_id)):
        if standing is None or _sampled_between(standing, claim, swabs):
            standing = claim
        else:
            yield claim.due_id, standing.due_id


def _sampled_between(first: Claim, second: Claim, swabs: Sequence[Swab]) -> bool:
    return any(
        day_of(swab.sampled_at) >= first.from_on and swab.sampled_at < second.told_at for swab in swabs
    )
