"""What must hold between the entries of a pack, file by file: names that exist, limits that agree."""

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from shared.policy.borrowed_checks import check_borrowed
from shared.policy.campaign_checks import check_campaigns
from shared.policy.citation_checks import Citable, check_citations, read_notices
from shared.policy.contract_checks import Events, check_contracts
from shared.policy.documents import Document
from shared.policy.measure_checks import check_measures
from shared.policy.place_checks import check_places
from shared.policy.places import Place, known, listed
from shared.policy.testing_checks import check_measures_counted, check_testing
from shared.policy.values import Duration, WallTime

_DURATION: TypeAdapter[Any] = TypeAdapter(Duration)
_WALL_TIME: TypeAdapter[Any] = TypeAdapter(WallTime)
_LIMITS = (("within", "within", _DURATION), ("at", "due_local_time", _WALL_TIME))
"""A clock's field, the field of the requirement's limit that it must agree with, and how both are read."""


@dataclass(frozen=True, slots=True)
class Files:
    """The read files of a pack; one that could not be read is empty and gives no follow-up problems."""

    head: Document
    requirements: Document
    clocks: Document
    escalation: Document
    areas: tuple[Document, ...] = ()
    """The files of single areas; of what they cite is checked that the notices have it."""

    def all(self) -> tuple[Document, ...]:
        """Return the files in the order in which they are read by people."""
        return (self.head, self.requirements, self.clocks, self.escalation, *self.areas)


def check_references(files: Files, events: Events) -> None:
    """Hold the files of a pack against one another and against the contracts; problems go to the files."""
    notices = Place(files.head).at("notices")
    _check_unique(notices, "key")
    for notice in notices:
        _check_unique(notice.at("unnumbered"), "key")
    requirements = Place(files.requirements).at("requirements")
    _check_unique(requirements, "id")
    _check_escalation(files.escalation)
    clocks = Place(files.clocks).at("clocks")
    _check_unique(clocks, "id")
    citable = read_notices(notices) if files.head.readable else None
    for requirement in requirements:
        check_citations(requirement.at("clauses"), citable)
        _check_one_limit(requirement.at("limit"))
    for clock in clocks:
        check_citations(clock.at("clause"), citable)
        _check_requirement(clock, files.requirements)
        check_contracts(clock, events)
        _check_paging(clock, files.escalation)
    _check_areas(files, citable)
    if files.clocks.readable:
        _check_limits_kept(requirements, clocks)


def _check_areas(files: Files, citable: Citable | None) -> None:
    for area in files.areas:
        _check_area(Place(area), citable)
        if area.file == "places.yaml":
            check_places(Place(area).at("places"))
        if area.file == "measures.yaml":
            check_measures(area, files.requirements)
        if area.file == "campaigns.yaml":
            check_campaigns(area, files.requirements)
        if area.file == "testing.yaml":
            check_testing(area, files.requirements)
    by_file = {area.file: area for area in files.areas}
    check_borrowed(by_file)
    if "testing.yaml" in by_file and "measures.yaml" in by_file:
        check_measures_counted(by_file["testing.yaml"], by_file["measures.yaml"])


def _check_area(place: Place, citable: Citable | None) -> None:
    """Hold every citation of a file against the notices, and let no list have two entries of one id."""
    check_citations(place.at("clause"), citable)
    _check_unique(place, "id")
    for part in place.parts():
        _check_area(part, citable)


def _check_unique(entries: Place, name: str) -> None:
    first: dict[str, Place] = {}
    for entry in entries:
        identifier = entry.at(name)
        if identifier.text is None:
            continue
        earlier = first.setdefault(identifier.text, identifier)
        if earlier is not identifier:
            line = earlier.document.line_of(earlier.location)
            identifier.add("duplicate_id", id=identifier.text, line=line)


def _check_known(place: Place, entries: Place, code: str) -> Place | None:
    """Report a name that is not among the entries; say nothing where their file could not be read."""
    if place.text is None or not entries.document.readable:
        return None
    by_id = known(entries, "id")
    if place.text not in by_id:
        place.add(code, name=place.text, known=listed(by_id))
    return by_id.get(place.text)


def _check_requirement(clock: Place, file: Document) -> None:
    requirement = _check_known(clock.at("requirement"), Place(file).at("requirements"), "unknown_requirement")
    given = [ours for ours, _, _ in _LIMITS if clock.at(ours).value is not None]
    if len(given) != 1:
        clock.add("limit_both" if given else "limit_neither")
    if requirement is None:
        return
    clauses = {place.text for place in requirement.at("clauses")}
    for citation in clock.at("clause"):
        if citation.text is not None and citation.text not in clauses:
            citation.add("clause_not_of_requirement", requirement=requirement.at("id").text)
    if len(given) == 1:
        _check_limit(clock, requirement)


def _check_one_limit(limit: Place) -> None:
    given = [theirs for _, theirs, _ in _LIMITS if limit.at(theirs).value is not None]
    if limit.value is not None and len(given) != 1:
        limit.add("demand_both" if given else "demand_neither")


def _check_limit(clock: Place, requirement: Place) -> None:
    if requirement.at("limit").value is None:
        if clock.at("decided").value is None:
            clock.add("limit_without_source", requirement=requirement.at("id").text)
        return
    for ours, theirs, adapter in _LIMITS:
        mine, demanded = clock.at(ours), requirement.at("limit", theirs)
        limit = _read(adapter, mine)
        if limit is not None and limit != _read(adapter, demanded):
            found = demanded.text or "–"
            mine.add("limit_disagrees", requirement=requirement.at("id").text, demanded=found)


def _read(adapter: TypeAdapter[Any], place: Place) -> Any:
    try:
        return adapter.validate_python(place.text)
    except ValidationError:
        return None


def _check_limits_kept(requirements: Place, clocks: Place) -> None:
    kept = {clock.at("requirement").text for clock in clocks}
    for requirement in requirements:
        limit = requirement.at("limit")
        if limit.value is not None and requirement.at("id").text not in kept:
            limit.add("limit_not_kept")


def _check_paging(clock: Place, escalation: Document) -> None:
    _check_known(clock.at("owner", "post"), Place(escalation).at("posts"), "unknown_post")
    ladder = _check_known(clock.at("ladder"), Place(escalation).at("ladders"), "unknown_ladder")
    if ladder is None or "occasions" not in ladder:
        return
    if clock.at("warn_at_shares").value and "warn" not in ladder.at("occasions"):
        clock.at("warn_at_shares").add("warns_nobody", ladder=clock.at("ladder").text)


def _check_escalation(escalation: Document) -> None:
    posts, ladders = Place(escalation).at("posts"), Place(escalation).at("ladders")
    _check_unique(posts, "id")
    _check_unique(ladders, "id")
    for ladder in ladders:
        for rung in ladder.at("rungs"):
            _check_known(rung.at("post"), posts, "unknown_post")
        _check_last_rung(ladder)
        rungs = len(list(ladder.at("rungs")))
        for occasion in ("inform", "warn", "breach"):
            rung = ladder.at("occasions", occasion, "rung")
            if rung.text is not None and rung.text.isdecimal() and int(rung.text) > rungs > 0:
                rung.add("no_such_rung", rung=rung.text, rungs=rungs)


def _check_last_rung(ladder: Place) -> None:
    """Two figures that say the same must agree: the last rung's wait is the time between its repetitions."""
    rungs = list(ladder.at("rungs"))
    repeat = _read(_DURATION, ladder.at("repeat_every"))
    if not rungs or repeat is None:
        return
    wait = rungs[-1].at("wait")
    if (found := _read(_DURATION, wait)) is not None and found != repeat:
        wait.add("last_wait_disagrees", repeat=ladder.at("repeat_every").text)
