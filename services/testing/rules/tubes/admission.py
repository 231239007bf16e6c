"""Which tellings of tubes can be stored, one after the other, beside what is on record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.testing.rules.tubes.chain import KnownTube
from services.testing.rules.tubes.holder import ResultSeen, holder_of, is_code_free, results_by_tube
from services.testing.rules.tubes.tube import (
    CODE_TAKEN,
    IN_ANOTHER_TUBE,
    Member,
    TubeHead,
    TubeTold,
    problems_beside_known,
)
from shared.errors import FieldProblem

STALE_AFTER = timedelta(days=3)
"""After this an open tube keeps nobody from being in another one; ours."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody's place in an open tube."""

    person_id: UUID
    tube_id: UUID
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class OtherTube:
    """A tube that had a code, and when it had its result."""

    known: KnownTube
    resulted_at: datetime | None


@dataclass
class AdmittedTube:
    """A tube as the tellings so far make it."""

    head: TubeHead
    first_told: TubeTold
    is_new: bool
    is_open: bool
    members: dict[UUID, Member]
    added: dict[UUID, tuple[Member, datetime]] = field(default_factory=dict[UUID, tuple[Member, datetime]])
    """Members that are not on record, each with when it was entered."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of one telling."""

    problems: tuple[FieldProblem, ...]
    is_news: bool = False


class Admission:
    """Holds tellings against what is on record and against one another; the first of two holds."""

    def __init__(
        self,
        *,
        tubes: Mapping[UUID, tuple[TubeHead, bool, dict[UUID, Member]]],
        others: Iterable[OtherTube],
        results: Iterable[ResultSeen],
        claims: Iterable[Claim],
    ) -> None:
        """`tubes` are those on record: head, whether open, members; `others` all that had the codes."""
        self._on_record = tubes
        self._of_code: dict[str, dict[UUID, OtherTube]] = {}
        for other in others:
            self._of_code.setdefault(other.known.code, {})[other.known.tube_id] = other
        self._results: dict[str, list[ResultSeen]] = {}
        for seen in results:
            self._results.setdefault(seen.tube_code, []).append(seen)
        self._claims = {claim.person_id: claim for claim in claims}
        self.tubes: dict[UUID, AdmittedTube] = {}
        self.claims: dict[UUID, Claim] = {}

    def admit(self, told: TubeTold) -> Admitted:
        """Say whether a telling can be stored, and take it into account for those that follow."""
        tube = self._tube(told)
        problems = problems_beside_known(told, tube.head, tube.members)
        if tube.is_new and told.head.tube_id not in self.tubes and not problems:
            problems = self._problems_of_code(told.head)
        fresh = {sample_id: member for sample_id, member in told.samples if sample_id not in tube.members}
        problems += self._problems_of_people(told, tube)
        if problems:
            return Admitted(tuple(problems))
        is_news = bool(fresh) or (tube.is_new and told.head.tube_id not in self.tubes)
        self._take(told, tube, fresh)
        return Admitted((), is_news)

    def _tube(self, told: TubeTold) -> AdmittedTube:
        tube_id = told.head.tube_id
        if tube_id in self.tubes:
            return self.tubes[tube_id]
        if tube_id in self._on_record:
            head, is_open, members = self._on_record[tube_id]
            return AdmittedTube(head, told, False, is_open, dict(members))
        return AdmittedTube(told.head, told, True, self._resulted_at(told.head) is None, {})

    def _resulted_at(self, head: TubeHead) -> datetime | None:
        own = KnownTube(head.tube_id, head.code, head.division, head.opened_at)
        beside = [other.known for other in self._of_code.get(head.code, {}).values()]
        of_tube = results_by_tube(self._results.get(head.code, ()), [*beside, own])
        holder = holder_of(of_tube.get(head.tube_id, ()))
        return holder.first_resulted_at if holder else None

    def _problems_of_code(self, head: TubeHead) -> list[FieldProblem]:
        others = [(one.known.opened_at, one.resulted_at) for one in self._of_code.get(head.code, {}).values()]
        if is_code_free(head.opened_at, self._resulted_at(head), others):
            return []
        return [FieldProblem("code", CODE_TAKEN)]

    def _problems_of_people(self, told: TubeTold, tube: AdmittedTube) -> list[FieldProblem]:
        if not tube.is_open:
            return []
        return [
            FieldProblem(f"members.{place}.person_id", IN_ANOTHER_TUBE)
            for place, (sample_id, member) in enumerate(told.samples)
            if sample_id not in tube.members and self._is_elsewhere(member, tube)
        ]

    def _is_elsewhere(self, member: Member, tube: AdmittedTube) -> bool:
        claim = self._claims.get(member.person_id) if member.person_id is not None else None
        if claim is None or member.sampled_twice or claim.tube_id == tube.head.tube_id:
            return False
        return abs(claim.opened_at - tube.head.opened_at) <= STALE_AFTER

    def _take(self, told: TubeTold, tube: AdmittedTube, fresh: Mapping[UUID, Member]) -> None:
        head = tube.head
        self.tubes[head.tube_id] = tube
        known = KnownTube(head.tube_id, head.code, head.division, head.opened_at)
        if tube.is_new:
            other = OtherTube(known, self._resulted_at(head))
            self._of_code.setdefault(head.code, {})[head.tube_id] = other
        for sample_id, member in fresh.items():
            tube.members[sample_id] = member
            tube.added[sample_id] = (member, told.recorded_at)
            if member.person_id is not None and tube.is_open and not member.sampled_twice:
                claim = Claim(member.person_id, head.tube_id, head.opened_at)
                self._claims[member.person_id] = self.claims[member.person_id] = claim
