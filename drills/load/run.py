"""Plays a drill under load, waits for what is on its way, reads everything back and judges it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from drills.doors import Doors, Refused
from drills.load.bodies import sites_of
from drills.load.figures import outcome_of
from drills.load.injector import Injector
from drills.load.messages import say
from drills.load.model import ExpectedClock, expected_clocks
from drills.load.observe import Observation, Reader
from drills.load.outcome import AppliedFault, Outcome
from drills.load.pages import Between, Delays
from drills.load.plan import Plan
from drills.load.progress import Tell, show_progress
from drills.load.reading import LoadDrill
from drills.load.scenario import Fault, LoadScenario
from drills.load.send import Sender
from drills.load.told import Log
from drills.load.verdict import Judgement, clock_differences, is_undelivered, judge
from drills.messages import say as say_of_drills
from drills.people import DutyPeople, Messages
from drills.play import wait_until
from drills.run import NotReadyInTime, fill_roster
from shared.clock import Clock

LOOK_AGAIN_SECONDS = 2.0
ANSWERED_LATER_SECONDS = 1.0
"""How much later than they mean to people may answer, in real seconds: they look at a list."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a drill is played."""

    doors: Doors
    messages: Messages
    clock: Clock
    url: str | None
    injector: Injector | None
    """None where nothing is to be broken."""


async def play_load(drill: LoadDrill, plan: Plan, stage: Stage, tell: Tell) -> Outcome:
    """Play a plan on a platform whose clock has not reached the start, and judge it.

    Raises NotReadyInTime when it has, Refused for what a drill needs and does not get, and what the injector
    raises.
    """
    scenario, clock = plan.scenario, stage.clock
    await fill_roster(stage.doors, scenario)
    await _open_sites(stage.doors, scenario)
    if clock.now() >= scenario.starts_at:
        raise NotReadyInTime(say_of_drills("not-ready-in-time", rate=f"{clock.rate:g}"))
    await wait_until(scenario.starts_at, clock)
    log, began = Log(clock), datetime.now(UTC)
    sender = Sender(plan, stage.doors, clock, log)
    companions = [asyncio.create_task(show_progress(plan, log, clock, tell))]
    if any(person.answers_after is not None for person in scenario.roster):
        companions.append(asyncio.create_task(_answer(scenario, stage)))
    breaking = [asyncio.create_task(_break(fault, stage, scenario, tell)) for fault in scenario.faults]
    try:
        await sender.send()
        await wait_until(scenario.ends_at, clock)
        faults = [one for one in await asyncio.gather(*breaking) if one is not None]
        await sender.finish(scenario.bounds.settle_seconds)
        seen, expected = await _settle(drill, plan, stage, log, faults, tell)
    finally:
        for task in (*companions, *breaking):
            task.cancel()
        await asyncio.gather(*companions, *breaking, return_exceptions=True)
    made: Judgement = judge(plan, log, expected, seen, delays_of(scenario, faults, clock))
    ended = datetime.now(UTC)
    return outcome_of(plan, log, made, seen, faults, url=stage.url, clock=clock, began=began, ended=ended)


async def _answer(scenario: LoadScenario, stage: Stage) -> None:
    people = DutyPeople(
        scenario,
        stage.doors,
        stage.clock,
        stage.messages,
        see_page=_see_nothing,
        see_answer=_see_nothing,
    )
    await people.work(scenario.starts_at)


def _see_nothing(*_: object) -> None:
    """Pages and answers are read back at the end."""


async def _break(fault: Fault, stage: Stage, scenario: LoadScenario, tell: Tell) -> AppliedFault | None:
    if fault.is_sent or stage.injector is None:
        return None
    await wait_until(scenario.world(fault.at), stage.clock)
    tell(say("load-fault-begins", does=fault.does, whom=fault.whom))
    applied = await stage.injector.apply(fault)
    tell(say("load-fault-ends", does=fault.does, whom=fault.whom))
    return applied


async def _open_sites(doors: Doors, scenario: LoadScenario) -> None:
    for code, site in sites_of(scenario):
        address = doors.address("registration", f"/v1/sites/{code}")
        stated = await doors.client.put(address, json=site, headers=doors.headers("town"))
        if not stated.is_success:
            raise Refused(f"PUT /v1/sites/{code}", stated)
        opening: dict[str, Any] = {"reason": "演练"}
        await doors.post("town", "registration", f"/v1/sites/{code}/open", opening)


def delays_of(scenario: LoadScenario, faults: Sequence[AppliedFault], clock: Clock) -> Delays:
    """Return how late things may be: the slack, and while a part was away and on its way back."""
    recovery = timedelta(seconds=scenario.bounds.recovery_seconds * clock.rate)
    return Delays(
        slack=timedelta(seconds=scenario.bounds.slack_seconds * clock.rate),
        away=tuple(
            Between(one.began_world, (one.ready_world or one.restored_world or scenario.ends_at) + recovery)
            for one in sorted(faults, key=lambda one: one.began_world)
        ),
        answer=timedelta(seconds=ANSWERED_LATER_SECONDS * clock.rate),
    )


async def _settle(
    drill: LoadDrill,
    plan: Plan,
    stage: Stage,
    log: Log,
    faults: Sequence[AppliedFault],
    tell: Tell,
) -> tuple[Observation, list[ExpectedClock]]:
    """Read the clocks until all that must be there are as they must be, then everything else."""
    registers, delays = drill.registers, delays_of(plan.scenario, faults, stage.clock)
    expected = expected_clocks(
        plan,
        log.accepted,
        log.ids,
        registers.pack,
        registers.divisions,
        delays,
    )
    reader = Reader(stage.doors, stage.clock, plan)
    deadline = time.monotonic() + plan.scenario.bounds.settle_seconds
    while True:
        seen = await _patiently(reader.clocks, deadline)
        lacking = _lacking(expected, seen)
        if not lacking or time.monotonic() > deadline:
            break
        tell(say("load-settling", open=lacking))
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    while True:
        seen.pages = await reader.pages()
        on_the_way = sum(is_undelivered(page, delays) for page in seen.pages)
        if not on_the_way or time.monotonic() > deadline:
            break
        tell(say("load-settling", open=on_the_way))
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    await reader.facts(seen, list(log.accepted.values()), log.ids)
    return seen, expected


async def _patiently(read: Callable[[], Awaitable[Observation]], deadline: float) -> Observation:
    """What was just restored may refuse once more; until the deadline it is asked again."""
    while time.monotonic() < deadline:
        with suppress(Refused, httpx.HTTPError):
            return await read()
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return await read()


def _lacking(expected: Sequence[ExpectedClock], seen: Observation) -> int:
    there = {(clock.rule, clock.subject): clock for clock in seen.clocks}
    count = 0
    for wanted in expected:
        clock = there.get((wanted.rule, wanted.subject))
        count += clock is None or any(True for _ in clock_differences(wanted, clock, seen))
    return count
