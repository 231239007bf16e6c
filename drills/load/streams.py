"""The calls of each kind of stream, drawn from the seed."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

from drills.load.draw import a_little_later, delay, how_many, moment
from drills.load.plan import Call, Fact, Kind, Plan, make_plan
from drills.load.scenario import (
    AnyStream,
    Behaviour,
    Contacts,
    DailyReports,
    LoadScenario,
    Positives,
    ResultFeed,
    Returns,
    Stream,
    Symptoms,
)
from shared.clock import SHANGHAI
from shared.divisions import Division, contains

ZERO_FIGURES = "zero"


def plan_of(scenario: LoadScenario, units: Sequence[Division], seed: int, share: float = 1.0) -> Plan:
    """Return all that is told in a drill; raises ValueError where a stream has nowhere to happen."""
    return make_plan(scenario, units, seed, share, _draw)


def _draw(scenario: LoadScenario, units: Sequence[Division], seed: int, share: float) -> Iterator[Call]:
    for stream in scenario.streams:
        dice = random.Random(f"{seed}-{stream.id}")  # noqa: S311  # a drill, no secret
        places = [unit for unit in units if any(contains(one, unit.code) for one in stream.divisions)]
        villages = [unit.code for unit in places if unit.level == "village"]
        if not villages:
            raise ValueError(f"no village of {', '.join(stream.divisions)} takes part in {stream.id}")
        yield from _calls_of(stream, scenario, dice, places, villages, share)


def _calls_of(
    stream: AnyStream,
    scenario: LoadScenario,
    dice: random.Random,
    places: Sequence[Division],
    villages: Sequence[str],
    share: float,
) -> Iterator[Call]:
    match stream:
        case DailyReports():
            yield from _daily_reports(stream, scenario, dice, places)
        case ResultFeed():
            yield from _feed(stream, dice, villages, how_many(stream.count, share))
        case Positives():
            for number in range(how_many(stream.count, share)):
                yield from _positive(stream, dice, villages, number)
        case Returns():
            facts = _returns(stream, dice, villages, how_many(stream.count, share))
            yield from facts if stream.rows_together == 1 else _together(facts, stream.rows_together)
        case Symptoms() | Contacts():
            for number in range(how_many(stream.count, share)):
                yield from _pair(stream, dice, dice.choice(villages), number)


def _told(
    dice: random.Random, stream: Stream, fact: Fact, at: timedelta, *, repeats: float, sender: str = ""
) -> Iterator[Call]:
    """The row of one fact, perhaps late, and perhaps a second time."""
    if dice.random() < stream.out_of_order:
        at += a_little_later(dice)
    yield Call(at, fact.id, (fact,), sender=sender)
    if dice.random() < repeats:
        yield Call(at + a_little_later(dice), f"{fact.id}/again", (fact,), sender=sender)


def _first_told(dice: random.Random, stream: Stream, occurred: timedelta) -> timedelta:
    late = delay(dice, stream.told_after) if stream.told_after else None
    return max(timedelta(), occurred + (late or timedelta()))


def _follow_up(
    dice: random.Random,
    stream: Stream,
    behaviour: Behaviour | None,
    kind: Kind,
    cause: Fact,
    *,
    waits: bool,
) -> tuple[Fact, list[Call]] | None:
    """What somebody does in answer to a fact, after their own time; None for what never happens."""
    late = delay(dice, behaviour) if behaviour else None
    if behaviour is None or late is None:
        return None
    occurred = cause.occurred + late
    fact = Fact(
        id=f"{cause.about}/{kind}",
        kind=kind,
        about=cause.about,
        division=cause.division,
        occurred=occurred,
        began=cause.began,
        after=cause.id if waits else None,
        values=cause.values,
    )
    at = max(timedelta(), occurred)
    return fact, list(_told(dice, stream, fact, at, repeats=behaviour.repeats))


def _positive(stream: Positives, dice: random.Random, villages: Sequence[str], number: int) -> Iterator[Call]:
    occurred, institution = moment(dice, stream.arriving), dice.choice(stream.institutions)
    values = {
        "institution": institution,
        "sampled_before": str(int(stream.sampled_before.total_seconds())),
        "classification": stream.classification.value,
    }
    name = f"{stream.id}-{number:06d}"
    fact = Fact(name, "positive", name, dice.choice(villages), occurred, occurred, values=values)
    told_at = _first_told(dice, stream, occurred)
    yield from _told(dice, stream, fact, told_at, repeats=stream.repeats, sender=institution)
    reported = _follow_up(dice, stream, stream.reports, "direct-report", fact, waits=True)
    if reported:
        yield from reported[1]
        reviewed = _follow_up(dice, stream, stream.reviews, "review", reported[0], waits=True)
        yield from reviewed[1] if reviewed else ()


_PAIRS: dict[type[Stream], tuple[Kind, Kind]] = {
    Symptoms: ("symptoms-seen", "symptoms-reported"),
    Returns: ("return-known", "return-registered"),
    Contacts: ("transfer-decided", "transfer-arrived"),
}


def _pair(
    stream: Symptoms | Returns | Contacts, dice: random.Random, village: str, number: int
) -> Iterator[Call]:
    begins, ends = _PAIRS[type(stream)]
    occurred, name = moment(dice, stream.arriving), f"{stream.id}-{number:06d}"
    fact = Fact(name, begins, name, village, occurred, occurred, values=_values(stream, number))
    yield from _told(dice, stream, fact, _first_told(dice, stream, occurred), repeats=stream.repeats)
    behaviour = {
        Symptoms: getattr(stream, "reports", None),
        Returns: getattr(stream, "registrations", None),
        Contacts: getattr(stream, "arrivals", None),
    }[type(stream)]
    followed = _follow_up(dice, stream, behaviour, ends, fact, waits=isinstance(stream, Contacts))
    yield from followed[1] if followed else ()


def _values(stream: Symptoms | Returns | Contacts, number: int) -> dict[str, str]:
    if isinstance(stream, Symptoms):
        return {"symptoms": ",".join(stream.symptoms)}
    if isinstance(stream, Contacts):
        return {"site": stream.sites[number % len(stream.sites)].code}
    return {}


def _returns(stream: Returns, dice: random.Random, villages: Sequence[str], count: int) -> Iterator[Call]:
    for number in range(count):
        yield from _pair(stream, dice, dice.choice(villages), number)


def _together(calls: Iterator[Call], rows: int) -> Iterator[Call]:
    """Rows of the same minute, told at its end, at most so many in a call."""
    minute = timedelta(minutes=1)
    ordered = sorted(calls, key=lambda call: (call.at, call.key))
    for number, same in groupby(ordered, key=lambda call: call.at // minute):
        facts = [fact for call in same for fact in call.facts]
        for start in range(0, len(facts), rows):
            part = tuple(facts[start : start + rows])
            yield Call((number + 1) * minute, f"{number:06d}-{start:06d}-{part[0].id}", part, together=True)


def _feed(stream: ResultFeed, dice: random.Random, villages: Sequence[str], count: int) -> Iterator[Call]:
    """A laboratory's rows, told every so often, each as many times as the file says."""
    rows: dict[tuple[str, int], list[Fact]] = {}
    for number in range(count):
        institution, occurred = dice.choice(stream.institutions), moment(dice, stream.arriving)
        values = {
            "institution": institution,
            "sampled_before": str(int(stream.sampled_before.total_seconds())),
        }
        name = f"{stream.id}-{number:07d}"
        kind: Kind = "positive" if dice.random() < stream.positive else "negative"
        fact = Fact(name, kind, name, dice.choice(villages), occurred, occurred, values=values)
        for time in range(stream.times):
            at = _first_told(dice, stream, occurred)
            if time or dice.random() < stream.out_of_order:
                at += a_little_later(dice)
            rows.setdefault((institution, at // stream.every + 1), []).append(fact)
    for (institution, number), facts in sorted(rows.items()):
        dice.shuffle(facts)
        for start in range(0, len(facts), stream.rows_together):
            part = tuple(facts[start : start + stream.rows_together])
            key = f"{stream.id}-{institution}-{number:06d}-{start:07d}"
            yield Call(number * stream.every, key, part, together=True, sender=institution)


def _daily_reports(
    stream: DailyReports, scenario: LoadScenario, dice: random.Random, places: Sequence[Division]
) -> Iterator[Call]:
    for unit in places:
        if stream.levels and unit.level not in stream.levels:
            continue
        never, zero = dice.random() < stream.never, dice.random() < stream.zero
        at = moment(dice, stream.arriving)
        if never:
            continue
        day = scenario.world(stream.arriving.begins).astimezone(SHANGHAI).date()
        name = f"{stream.id}-{unit.code}"
        values = {"day": day.isoformat(), "figures": ZERO_FIGURES if zero else str(dice.randrange(1, 50))}
        fact = Fact(name, "daily-report", name, unit.code, at, at, values=values)
        yield from _told(dice, stream, fact, at, repeats=stream.repeats)
