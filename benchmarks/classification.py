"""How many persons the rules judge on one core, plan included, against building the same objects bare.

Pure code: no server takes part. Time is the processor's own, so that neighbours on the machine take nothing
away from the figure.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground
from services.registration.rules.day_count import begins_at, day_number
from services.registration.rules.plans.classification import Judgement, compile_measures, judge
from services.registration.rules.plans.conditions import FactUsed, Used
from services.registration.rules.plans.drawing import draw_plan
from services.registration.rules.plans.facts import Entry, PersonFacts, Proof, ProofKind, Stay
from services.registration.rules.plans.measure_rule import Fitted
from services.registration.rules.plans.plan import PlanDrawn
from shared.policy import load_pack
from shared.settings import PROJECT
from shared.vocabulary import Result, RiskLevel

PERSONS = 100_000
ROUNDS = 5
FIRST_DAY = date(2021, 1, 28)
"""The first day of the spring travel season of 2021, which lasted 40 days."""


async def measure(_ground: Ground) -> list[Figure]:
    """Alternate judging and the bare loop over as many people, one core each time."""
    return await asyncio.to_thread(_measure)


def _measure() -> list[Figure]:
    law = compile_measures(load_pack(PROJECT / "policies" / "chongqing-2021-winter"))
    people = returning_people(PERSONS)
    judged = [(judgement := judge(law, facts), draw_plan(law, judgement, facts)) for facts in people]
    rates: list[float] = []
    limits: list[float] = []
    for _ in range(ROUNDS):
        limits.append(_rate(lambda: _build_bare(judged)))

        def judge_all() -> None:
            law.drawn.clear()
            for facts in people:
                draw_plan(law, judge(law, facts), facts)

        rates.append(_rate(judge_all))
    return [
        Figure(
            "classification, plan included",
            "persons/s",
            rates,
            "the same objects, built bare",
            limits,
            Aim("value at least", 100_000),
            [f"{len(law.drawn)} different plans among {PERSONS} people, none kept from an earlier round"],
        )
    ]


def _rate(run: Callable[[], None]) -> float:
    began = time.thread_time()
    run()
    return PERSONS / (time.thread_time() - began)


def _build_bare(judged: Sequence[tuple[Judgement, PlanDrawn]]) -> None:
    """Build again what judging built, with nothing asked."""
    for judgement, _plan in judged:
        fitted = [Fitted(one.rule, one.day_zero, _facts(one.facts)) for one in judgement.fitted]
        Judgement(fitted[0], tuple(fitted))


def _facts(used: Used) -> Used:
    return tuple([FactUsed(one.name, one.about, one.limit) if one.about else one for one in used])


def returning_people(number: int) -> list[PersonFacts]:
    """Return people of a travel season: most are workers from low risk with a proof, a few are not."""
    chance = random.Random(20210128)
    return [_person(chance) for _ in range(number)]


def _person(chance: random.Random) -> PersonFacts:
    zero = day_number(FIRST_DAY, chance.randrange(40))
    arrived_at = begins_at(zero) + timedelta(seconds=chance.randrange(86_400))
    level = chance.choices(
        [None, RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH, RiskLevel.CLOSED_OFF], [60, 36, 3, 0.8, 0.2]
    )[0]
    left = day_number(zero, -chance.randrange(3))
    stays = (
        Stay("440300", day_number(left, -chance.randrange(300)), left, level),
        Stay("520100", left, zero, RiskLevel.LOW),
    )
    entered = chance.random() < 0.005
    return PersonFacts(
        day_zero=zero,
        arrived_at=arrived_at,
        occupation=chance.choices([None, "courier", "passenger-transport", "market-trade"], [85, 6, 5, 4])[0],
        route=stays,
        proofs=(_test(chance, arrived_at),) if chance.random() < 0.8 else (),
        entry=Entry(day_number(zero, -chance.randrange(40)), chance.random() < 0.3, None)
        if entered
        else None,
        returning_worker=chance.random() < 0.6,
    )


def _test(chance: random.Random, arrived_at: datetime) -> Proof:
    sampled_at = arrived_at - timedelta(hours=chance.randrange(24 * 9))
    return Proof(ProofKind.NEGATIVE_TEST, sampled_at, None, Result.NEGATIVE, "440300-hospital")
