"""What may be wrong with a well-formed scenario: unknown names, an order that cannot be, close calls."""

from collections.abc import Iterator
from typing import NamedTuple

from drills.forecast import Forecast
from drills.happenings import Arrival, Event, Positive, SymptomsSeen, write_span
from drills.messages import say
from drills.scenario import Scenario
from dutyclock.terminal import Sentence
from shared.divisions import DivisionRegister
from shared.institutions import InstitutionRegister
from shared.policy import Pack
from shared.policy.documents import Location


class Finding(NamedTuple):
    """Something wrong, and where in the file it stands."""

    location: Location
    reason: Sentence


class Registers(NamedTuple):
    """What a scenario is checked against."""

    pack: Pack
    divisions: DivisionRegister
    institutions: InstitutionRegister


def unknown_names(scenario: Scenario, registers: Registers) -> Iterator[Finding]:
    """Yield each name that policy and registers do not hold."""
    if scenario.policy != registers.pack.id:
        yield Finding(("policy",), say("other-policy", expected=scenario.policy, found=registers.pack.id))
    yield from _unknown_on_roster(scenario, registers)
    for number, event in enumerate(scenario.events):
        for field in ("division", "unit"):
            division = getattr(event, field, None)
            if division is not None and division not in registers.divisions:
                yield Finding(("events", number, field), say("unknown-division", unknown=division))
        institution = getattr(event, "institution", None)
        if institution is not None and institution not in registers.institutions:
            unknown = say("unknown-institution", unknown=institution)
            yield Finding(("events", number, "institution"), unknown)


def _unknown_on_roster(scenario: Scenario, registers: Registers) -> Iterator[Finding]:
    posts = {post.id for post in registers.pack.posts}
    keys: set[str] = set()
    for number, person in enumerate(scenario.roster):
        if person.key in keys:
            yield Finding(("roster", number, "key"), say("same-key", key=person.key))
        keys.add(person.key)
        for position, held in enumerate(person.holds):
            place: Location = ("roster", number, "holds", position)
            if held.post not in posts:
                yield Finding((*place, "post"), say("unknown-post", post=held.post))
            if held.division not in registers.divisions:
                unknown = say("unknown-division", unknown=held.division)
                yield Finding((*place, "division"), unknown)


_INTRODUCED = {"sample": Positive, "person": Arrival, "report": SymptomsSeen}


def wrong_order(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is said of a thing too early, reviews without a report, events after the end."""
    known: dict[tuple[str, str], Event] = {}
    reported: set[str] = set()
    for number, event in sorted(enumerate(scenario.events), key=lambda one: one[1].at):
        yield from _judge_labels(number, event, known)
        if event.does == "report":
            reported.add(event.sample)
        if event.does == "review" and event.sample not in reported:
            yield Finding(("events", number), say("review-without-report", label=event.sample))
        if event.at >= scenario.lasts:
            yield Finding(("events", number, "at"), say("after-the-end", end=write_span(scenario.lasts)))


def _judge_labels(number: int, event: Event, known: dict[tuple[str, str], Event]) -> Iterator[Finding]:
    for field, introduces in _INTRODUCED.items():
        label = getattr(event, field, None)
        if label is None:
            continue
        first = known.get((field, label))
        if isinstance(event, introduces):
            if first is not None:
                yield Finding(("events", number, field), say("same-label", label=label))
            known[field, label] = event
        elif first is None:
            yield Finding(("events", number, field), say("unknown-label", label=label))
        elif event.happened < first.happened:
            yield Finding(("events", number), say("happens-too-early", label=label))


def close_calls(scenario: Scenario, made: Forecast) -> Iterator[Finding]:
    """Yield what a fast drill could not decide: moments too near each other, pages before the start."""
    for clock, call in made.close_calls:
        reason = say(
            "close-call",
            clock=clock.rule,
            label=clock.label,
            page=write_span(call.page_at - scenario.starts_at),
            other=write_span(call.other_at - scenario.starts_at),
            slack=write_span(scenario.slack),
        )
        yield Finding(("events",), reason)
    for person, call in made.unclear:
        reason = say(
            "unclear-messages",
            person=person,
            one=write_span(call.page_at - scenario.starts_at),
            other=write_span(call.other_at - scenario.starts_at),
        )
        yield Finding(("events",), reason)
    for clock in (*made.judged, *made.elsewhere):
        for page in clock.pages[:1]:
            if page.at < scenario.starts_at:
                early = say("page-before-start", clock=clock.rule, label=clock.label)
                yield Finding(("starts_at",), early)
                return
