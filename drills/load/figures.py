"""Makes the outcome of a drill from what was sent, read and judged."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil

from drills.load.answers import answers_of
from drills.load.messages import say
from drills.load.observe import Observation
from drills.load.outcome import (
    AppliedFault,
    Bucket,
    Checks,
    Lateness,
    Outcome,
    Quantiles,
    Times,
    Verdict,
)
from drills.load.plan import Plan
from drills.load.told import BUCKET_SECONDS, Log
from drills.load.verdict import Fired, Judgement
from shared.clock import Clock
from shared.policy.values import Text

OF_LATENESS = timedelta(minutes=5)
"""The width of the intervals of world time in which lateness is shown."""


def quantiles(values: Iterable[float]) -> Quantiles:
    """Return the quantiles of some measurements: each is the smallest value that so many do not exceed."""
    ordered = sorted(values)
    if not ordered:
        return Quantiles()

    def at(share: float) -> float:
        return round(ordered[ceil(share * len(ordered)) - 1], 6)

    return Quantiles(count=len(ordered), p50=at(0.5), p90=at(0.9), p95=at(0.95), p99=at(0.99), max=at(1))


def outcome_of(
    plan: Plan,
    log: Log,
    made: Judgement,
    seen: Observation,
    faults: Sequence[AppliedFault],
    *,
    url: str | None,
    clock: Clock,
    began: datetime,
    ended: datetime,
) -> Outcome:
    """Return the whole outcome; bounds that are not held are noted against the drill. Instants are real."""
    scenario, rate = plan.scenario, clock.rate
    calm = quantiles(one.late.total_seconds() / rate for one in made.fired if not one.in_fault)
    broken = quantiles(one.late.total_seconds() / rate for one in made.fired if one.in_fault)
    latency = {route: quantiles(seconds) for route, seconds in sorted(log.seconds.items())}
    checks = _checks(plan, log, seen)
    _judge_bounds(made, plan, log, calm, latency, faults, checks)
    buckets = _buckets(log)
    busy = sum(bucket.width_seconds for bucket in buckets if bucket.rows)
    return Outcome(
        scenario=scenario.id,
        title=scenario.title,
        seed=plan.seed,
        share=plan.share,
        url=url,
        speed=rate,
        times=Times(
            started_real=began,
            ended_real=ended,
            started_world=clock.world(began),
            ended_world=clock.world(ended),
        ),
        facts=made.facts,
        clocks=made.clocks,
        pages=made.pages,
        answers=answers_of(seen.clocks),
        messages=len(seen.pages),
        firing=calm,
        firing_in_faults=broken,
        firing_over_time=tuple(_over_time(made.fired, scenario.starts_at, rate)),
        throughput=tuple(buckets),
        rows_per_second=round(sum(log.calls.values()) / busy, 2) if busy else 0.0,
        latency=latency,
        unanswered=dict(log.no_acceptance),
        faults=tuple(faults),
        checks=tuple(checks),
        bounds=scenario.bounds,
        verdict=Verdict(
            passed=made.passed,
            reasons=tuple(Text(zh=one.zh, en=one.en) for one in made.reasons),
            omitted=made.omitted,
        ),
    )


def _judge_bounds(
    made: Judgement,
    plan: Plan,
    log: Log,
    calm: Quantiles,
    latency: dict[str, Quantiles],
    faults: Sequence[AppliedFault],
    checks: Sequence[Checks],
) -> None:
    bounds = plan.scenario.bounds
    if len(log.refused) > bounds.refused_at_most:
        fact, reason = next(iter(log.refused.items()))
        values = {"count": len(log.refused), "allowed": bounds.refused_at_most}
        made.against("load-refused", fact=fact, reason=reason, **values)
    for problem in log.problems:
        made.against("load-problem", problem=problem)
    allowed = bounds.lateness_p99_seconds
    if allowed is not None and calm.p99 is not None and calm.p99 > allowed:
        made.against("load-too-late", found=calm.p99, allowed=allowed)
    for route, found in latency.items():
        limit = bounds.request_p99_seconds
        if limit is not None and found.p99 is not None and found.p99 > limit:
            made.against("load-too-slow", route=route, found=found.p99, allowed=limit)
    for fault in faults:
        if fault.restored_real is None:
            made.against("load-fault-not-mended", does=fault.does, whom=fault.whom, note=fault.note)
    for check in checks:
        if check.expected != check.found:
            made.against("load-check-differs", what=check.what, expected=check.expected, found=check.found)


def _checks(plan: Plan, log: Log, seen: Observation) -> list[Checks]:
    found: list[Checks] = []
    if seen.looked_up:
        there = sum(seen.looked_up.values())
        found.append(Checks(what="negatives looked up", expected=len(seen.looked_up), found=there))
    for stream in plan.scenario.streams:
        if stream.kind == "contacts":
            prefix = f"{stream.id}-"
            arrived = [
                one.fact
                for one in log.accepted.values()
                if one.fact.kind == "transfer-arrived" and one.fact.id.startswith(prefix)
            ]
            for site in stream.sites:
                wanted = sum(fact.values["site"] == site.code for fact in arrived)
                rooms = [room for room in seen.rooms.values() if room.startswith(f"{site.code}/")]
                what = f"rooms given at {site.code}"
                found.append(Checks(what=what, expected=min(wanted, site.rooms), found=len(rooms)))
                what = f"rooms given once at {site.code}"
                found.append(Checks(what=what, expected=len(rooms), found=len(set(rooms))))
    return found


def _buckets(log: Log) -> list[Bucket]:
    return [
        Bucket(
            real_seconds=number * BUCKET_SECONDS,
            width_seconds=BUCKET_SECONDS,
            rows=one.rows,
            accepted=one.accepted,
            retried=one.retried,
            p99_seconds=quantiles(one.call_seconds).p99,
            behind_seconds=round(one.behind_seconds, 3),
        )
        for number, one in sorted(log.buckets.items())
    ]


def _over_time(fired: Sequence[Fired], starts_at: datetime, rate: float) -> Iterable[Lateness]:
    parts: dict[int, list[float]] = {}
    for one in fired:
        parts.setdefault((one.at - starts_at) // OF_LATENESS, []).append(one.late.total_seconds() / rate)
    for number, seconds in sorted(parts.items()):
        found = quantiles(seconds)
        assert found.p50 is not None and found.p99 is not None and found.max is not None  # noqa: PT018
        yield Lateness(
            world=starts_at + number * OF_LATENESS,
            count=found.count,
            p50=found.p50,
            p99=found.p99,
            max=found.max,
        )


def sum_up(outcome: Outcome) -> list[tuple[str, str]]:
    """Return what is printed at the end, figure by figure."""
    rows = [(f"facts: {kind}", _facts_line(outcome, kind)) for kind in outcome.facts]
    for rule, one in outcome.clocks.items():
        counts = f"{one.expected:,} = {one.kept:,} + {one.wrong}✗ + {one.missing}− ; {one.extra}+"
        rows.append((f"clocks: {rule} (expected = kept, wrong, missing; extra)", counts))
    for rule, one in outcome.pages.items():
        bad = f"{one.missing} missing, {one.late} late, {one.twice} twice, {one.unexpected} unexpected"
        rows.append(
            (f"lines paged: {rule}", f"{one.expected:,} (± {one.undecided:,}), {one.sent:,} sent, {bad}")
        )
    rows.append(("messages", f"{outcome.messages:,}"))
    for name, found in (("firing late", outcome.firing), ("firing late in faults", outcome.firing_in_faults)):
        if found.count:
            rows.append((f"{name}, real s (p50, p99, max)", _times(found)))
    rows.append(("rows per second while telling", f"{outcome.rows_per_second:,.1f}"))
    for route, found in outcome.latency.items():
        rows.append((f"{route} ({found.count:,} calls; p50, p99, max in s)", _times(found)))
    if outcome.unanswered:
        told = ", ".join(f"{reason} {count}" for reason, count in outcome.unanswered.items())
        rows.append(("calls made again", told))
    rows += [(check.what, f"{check.found:,} of {check.expected:,}") for check in outcome.checks]
    return rows


def _facts_line(outcome: Outcome, kind: str) -> str:
    one = outcome.facts[kind]
    stored = "not listed" if one.stored is None else f"{one.stored:,} stored"
    counts = f"{one.planned:,} planned, {one.accepted:,} accepted, {stored}, {one.lost} lost"
    return f"{counts}, {one.duplicates:,} duplicate, {one.retried:,} again, {one.refused} refused"


def _times(found: Quantiles) -> str:
    return ", ".join("-" if value is None else f"{value:.3f}" for value in (found.p50, found.p99, found.max))


def last_word(outcome: Outcome) -> str:
    """Return the verdict in a sentence."""
    verdict = outcome.verdict
    count = len(verdict.reasons) + verdict.omitted
    return str(say("load-passed") if verdict.passed else say("load-failed", count=count))
