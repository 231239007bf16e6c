"""What must hold between the entries of a pack, file by file: names that exist, limits that agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.policy.documents import Document
from shared.policy.notices import CitedPlace, read_citation
from shared.policy.places import Place
from shared.policy.values import Duration, WallTime

Events = Mapping[str, type[BaseModel]]

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

    def all(self) -> tuple[Document, ...]:
        """Return the files in the order in which they are read by people."""
        return (self.head, self.requirements, self.clocks, self.escalation)


@dataclass(slots=True)
class _Notices:
    """What may be cited."""

    articles: dict[str, int] = field(default_factory=dict[str, int])
    missing: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])
    unnumbered: dict[str, set[str]] = field(default_factory=dict[str, "set[str]"])


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
    citable = _read_notices(notices)
    for requirement in requirements:
        _check_citations(requirement.at("clauses"), citable, files.head)
        _check_one_limit(requirement.at("limit"))
    for clock in clocks:
        _check_citations(clock.at("clause"), citable, files.head)
        _check_requirement(clock, files.requirements)
        _check_facts(clock, events)
        _check_start_fields(clock, events)
        _check_paging(clock, files.escalation)
    if files.clocks.readable:
        _check_limits_kept(requirements, clocks)


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


def _known(entries: Iterable[Place], name: str) -> dict[str, Place]:
    return {text: entry for entry in entries if (text := entry.at(name).text) is not None}


def _check_known(place: Place, entries: Place, code: str) -> Place | None:
    """Report a name that is not among the entries; say nothing where their file could not be read."""
    if place.text is None or not entries.document.readable:
        return None
    known = _known(entries, "id")
    if place.text not in known:
        place.add(code, name=place.text, known=_listed(known))
    return known.get(place.text)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "–"


def _read_notices(entries: Place) -> _Notices:
    notices = _Notices()
    for key, notice in _known(entries, "key").items():
        articles = notice.at("articles").text or ""
        notices.articles[key] = int(articles) if articles.isdecimal() else 0
        notices.missing[key] = {place.text for place in notice.at("missing_articles") if place.text}
        notices.unnumbered[key] = set(_known(notice.at("unnumbered"), "key"))
    return notices


def _check_citations(citations: Place, notices: _Notices, head: Document) -> None:
    for citation in citations:
        cited = read_citation(citation.text or "")
        if cited is not None and head.readable:
            _check_citation(citation, cited, notices)


def _check_citation(citation: Place, cited: CitedPlace, notices: _Notices) -> None:
    if cited.notice not in notices.articles:
        citation.add("unknown_notice", name=cited.notice, known=_listed(notices.articles))
    elif cited.place is not None:
        if cited.place not in notices.unnumbered[cited.notice]:
            known = _listed(notices.unnumbered[cited.notice])
            citation.add("unknown_place", name=cited.place, known=known)
    elif cited.article is not None:
        if cited.article > notices.articles[cited.notice]:
            citation.add("no_such_article", article=cited.article, articles=notices.articles[cited.notice])
        elif str(cited.article) in notices.missing[cited.notice]:
            citation.add("missing_article", article=cited.article)


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
        if mine.text is not None and _read(adapter, mine) != _read(adapter, demanded):
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


def _check_facts(clock: Place, events: Events) -> None:
    first: dict[str, Place] = {}
    for kind in ("start", "stop", "void"):
        for fact in clock.at(kind):
            name = fact.at("event").text
            if name is None:
                continue
            earlier = first.setdefault(name, fact)
            if earlier is not fact:
                fact.at("event").add("event_twice", event=name)
            if (event := events.get(name)) is None:
                fact.at("event").add("unknown_event", event=name, near=_nearest(name, events))
                continue
            for key in fact.at("key").one_or_many():
                _check_field(key, name, event, "single")


def _check_start_fields(clock: Place, events: Events) -> None:
    for fact in clock.at("start"):
        name = fact.at("event").text
        if name is None or (event := events.get(name)) is None:
            continue
        _check_field(clock.at("owner", "institution"), name, event, "single")
        _check_field(clock.at("shown_beside", "field"), name, event, "moment")


def _check_field(place: Place, name: str, event: type[BaseModel], wanted: str) -> None:
    if place.text is None:
        return
    fields: dict[str, Any] = event.model_json_schema()["properties"]
    if place.text not in fields:
        place.add("unknown_field", field=place.text, event=name, known=_listed(fields))
        return
    shapes = _shapes(fields[place.text])
    if wanted == "single" and shapes & {"array", "object"}:
        place.add("field_not_single", field=place.text, event=name)
    if wanted == "moment" and "date-time" not in shapes:
        place.add("field_not_moment", field=place.text, event=name)


def _shapes(schema: Mapping[str, Any]) -> set[str]:
    """Return the types and formats that a field may take, the alternatives of a union included."""
    shapes = {str(schema[word]) for word in ("type", "format") if word in schema}
    for alternative in schema.get("anyOf", ()):
        shapes |= _shapes(alternative)
    return shapes


def _nearest(name: str, events: Events) -> str:
    """Return the events of the same service, which is where a slip of the pen is found."""
    service = name.partition(".")[0]
    return _listed([event for event in events if event.startswith(f"{service}.")] or {*events})


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
