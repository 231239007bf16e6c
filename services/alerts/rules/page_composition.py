"""How requests become pages: one page for each person, whatever number of clocks are due at one moment."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.alerts.rules.climb import Climb, Request, is_superseded, resolve
from services.alerts.rules.page_law import PageLaw
from services.alerts.rules.page_text import gravest
from services.alerts.rules.roster import DutyPerson, OnDuty, Roster, find_on_duty, search_path
from shared.contracts import derived_id
from shared.divisions import Division, DivisionRegister, UnknownDivision, contains
from shared.policy.escalation import Ladder, Rung
from shared.vocabulary import Occasion


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A request for a page with what is known of its clock."""

    id: int
    clock_id: UUID
    request: Request
    division: str
    rule_id: str
    rule_version: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class PageItem:
    """One clock on one page; `found_in` is the division in which the person was found on duty."""

    clock_id: UUID
    occasion: Occasion
    step_due_at: datetime
    rung: int
    found_in: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page that is to be stored, with everything it lists."""

    id: UUID
    person_id: UUID
    division: str
    """The lowest division that holds every clock of the page."""
    occasion: Occasion
    items: tuple[PageItem, ...]


@dataclass(frozen=True, slots=True)
class GapFound:
    """A post on which nobody could be paged, for some clocks of one district at one moment."""

    id: UUID
    post: str
    division: str
    search_from: str
    rung: int
    clocks: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that could not be composed; it stays on record and is tried again."""

    request_id: int
    error: Exception


@dataclass(slots=True)
class Composition:
    """What one composing leads to."""

    pages: list[NewPage] = field(default_factory=list[NewPage])
    climbs: dict[UUID, Climb] = field(default_factory=dict[UUID, Climb])
    gaps: list[GapFound] = field(default_factory=list[GapFound])
    settled: list[int] = field(default_factory=list[int])
    """Requests that need nothing more: paged, empty-handed, superseded, or of a closed clock."""
    failures: list[Failure] = field(default_factory=list[Failure])


@dataclass(frozen=True, slots=True)
class _Listed:
    person: DutyPerson
    request_id: int
    item: PageItem
    division: str


def lineage_of(register: DivisionRegister, code: str) -> tuple[Division, ...]:
    """Return the unit and those above it, nearest first.

    A unit that the register has lost since its clock began is stood in for by the nearest one above it that
    is known, so that its page finds somebody; raises UnknownDivision when there is none at all.
    """
    for known in (code, code[:9], code[:6], code[:2] + "0000"):
        if known in register:
            return register.lineage(known)
    raise UnknownDivision(code)


def compose(
    requests: Sequence[WaitingRequest],
    climbs: Mapping[UUID, Climb],
    roster: Roster,
    register: DivisionRegister,
    law: PageLaw,
    now: datetime,
) -> Composition:
    """Resolve each request to the people on duty at `now` and list everything of one person on one page.

    A clock with several requests is paged about the newest alone. A request that fails is set aside with
    its reason and none of the others is touched: nobody is silent because of a neighbour.
    """
    newest: dict[UUID, WaitingRequest] = {}
    for waiting in sorted(requests, key=lambda one: (one.request.step_due_at, one.id)):
        newest[waiting.clock_id] = waiting
    composing = _Composing(climbs, roster, register, law, now)
    for waiting in requests:
        composing.take(waiting, is_newest=waiting is newest[waiting.clock_id])
    composition = composing.composition
    composition.pages = _pages(composing.listed, register)
    composition.gaps = _gaps(composing.empty, now)
    return composition


class _Composing:
    """One composing under way; what was looked up once is kept, for thousands of clocks ask alike."""

    def __init__(
        self,
        climbs: Mapping[UUID, Climb],
        roster: Roster,
        register: DivisionRegister,
        law: PageLaw,
        now: datetime,
    ) -> None:
        self.composition = Composition()
        self.listed: list[_Listed] = []
        self.empty: Counter[tuple[str, str, str, int]] = Counter()
        self._climbs = climbs
        self._roster = roster
        self._register = register
        self._law = law
        self._now = now
        self._found: dict[tuple[str, str], OnDuty | None] = {}

    def take(self, waiting: WaitingRequest, *, is_newest: bool) -> None:
        """Resolve one request, or keep why that failed."""
        try:
            if is_newest and waiting.is_open:
                self._resolve(waiting)
            self.composition.settled.append(waiting.id)
        except Exception as error:
            self.composition.failures.append(Failure(waiting.id, error))

    def _resolve(self, waiting: WaitingRequest) -> None:
        request = waiting.request
        if is_superseded(request, self._climbs.get(waiting.clock_id), self._now):
            return
        lineage = lineage_of(self._register, waiting.division)
        ladder = self._law.frozen(waiting.rule_version, waiting.rule_id).ladder
        resolution = resolve(request, ladder, lambda rung: self._find(rung, lineage), self._now)
        self.empty.update(_gap_key(ladder, rung, lineage) for rung in resolution.empty_rungs)
        self.composition.climbs[waiting.clock_id] = resolution.climb
        if resolution.found is None or resolution.climb.rung is None:
            return
        item = PageItem(
            clock_id=waiting.clock_id,
            occasion=request.occasion,
            step_due_at=request.step_due_at,
            rung=resolution.climb.rung,
            found_in=resolution.found.division,
        )
        self.listed.extend(
            _Listed(person, waiting.id, item, lineage[0].code) for person in resolution.found.people
        )

    def _find(self, rung: Rung, lineage: Sequence[Division]) -> OnDuty | None:
        path = search_path(rung.search_from, lineage)
        key = (rung.post, path[0].code if path else "")
        if key not in self._found:
            self._found[key] = find_on_duty(self._roster, rung.post, path)
        return self._found[key]


def _gap_key(ladder: Ladder, rung: int, lineage: Sequence[Division]) -> tuple[str, str, str, int]:
    step = ladder.rungs[rung - 1]
    return step.post, gap_division(search_path(step.search_from, lineage)), step.search_from, rung


def gap_division(path: Sequence[Division]) -> str:
    """Return under which division a gap is kept: the district of the units concerned.

    Nobody was found from the unit up to the top, so the district's post is empty too; one gap for a district
    instead of one for each of its villages keeps an empty roster readable.
    """
    return next((one.code for one in path if one.level in ("district", "municipality")), path[0].code)


def _pages(listed: Iterable[_Listed], register: DivisionRegister) -> list[NewPage]:
    by_person: dict[UUID, list[_Listed]] = defaultdict(list)
    for one in listed:
        by_person[one.person.id].append(one)
    return [
        NewPage(
            id=derived_id("page", person_id, min(one.request_id for one in group)),
            person_id=person_id,
            division=common_division(register, {one.division for one in group}),
            occasion=gravest([one.item.occasion for one in group]),
            items=tuple(one.item for one in group),
        )
        for person_id, group in by_person.items()
    ]


def common_division(register: DivisionRegister, codes: set[str]) -> str:
    """Return the lowest division that holds all of `codes`, or the highest there is when none does."""
    first, *others = sorted(codes)
    lineage = [division.code for division in lineage_of(register, first)]
    for code in lineage:
        if all(contains(code, other) for other in others):
            return code
    return lineage[-1]


def _gaps(empty: Counter[tuple[str, str, str, int]], now: datetime) -> list[GapFound]:
    merged: dict[tuple[str, str], GapFound] = {}
    for (post, division, search_from, rung), clocks in sorted(empty.items()):
        known = merged.get((post, division))
        total = clocks + (known.clocks if known else 0)
        id_ = derived_id("duty-gap", post, division, now.isoformat())
        merged[post, division] = GapFound(
            id=id_,
            post=post,
            division=division,
            search_from=known.search_from if known else search_from,
            rung=known.rung if known else rung,
            clocks=total,
        )
    return list(merged.values())
