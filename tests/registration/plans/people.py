"""People with the facts that a test is about, arriving in Jiansheng on 9 February 2021 at noon."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from services.registration.rules.plans.classification import MeasuresLaw, compile_measures, judge
from services.registration.rules.plans.drawing import draw_plan
from services.registration.rules.plans.facts import Entry, Ground, PersonFacts, Proof, ProofKind, Stay
from services.registration.rules.plans.plan import PlanDrawn
from shared.clock import SHANGHAI
from shared.policy import load_pack
from shared.settings import PROJECT
from shared.vocabulary import Result, RiskLevel

PACK = load_pack(PROJECT / "policies" / "chongqing-2021-winter")
LAW: MeasuresLaw = compile_measures(PACK)
ARRIVED_AT = datetime(2021, 2, 9, 12, tzinfo=SHANGHAI)
ZERO = date(2021, 2, 9)
CERTIFICATE = Proof(ProofKind.RELEASE_CERTIFICATE, None, date(2021, 2, 8), None, "310000-site")


def days(number: float) -> timedelta:
    return timedelta(days=number)


def day(number: int) -> date:
    return ZERO + timedelta(days=number)


def person(**facts: Any) -> PersonFacts:
    return replace(PersonFacts(ZERO, ARRIVED_AT), **facts)


def sampled(before_arrival: timedelta, result: Result | None = Result.NEGATIVE) -> Proof:
    return Proof(ProofKind.NEGATIVE_TEST, ARRIVED_AT - before_arrival, None, result, "500104-cdc")


def stay(level: RiskLevel | None, left: int = 0, area: str = "110105") -> Stay:
    """Return a stay of a week that ended on a day of the count."""
    return Stay(area, day(left - 7), day(left), level)


def entered(days_ago: int, *, here: bool = False) -> Entry:
    return Entry(day(-days_ago), here, None)


def ground(kind: str, begins: int = 0) -> Ground:
    return Ground(kind, day(begins))


def fitted(facts: PersonFacts) -> list[str]:
    return [one.rule.id for one in judge(LAW, facts).fitted]


def governing(facts: PersonFacts) -> str:
    return judge(LAW, facts).governing.rule.id


def plan(facts: PersonFacts, law: MeasuresLaw = LAW) -> PlanDrawn:
    return draw_plan(law, judge(law, facts), facts)


def stages(drawn: PlanDrawn) -> list[tuple[str, int, int]]:
    """Return the stages with the numbers of their days."""
    return [
        (stage.kind, (stage.first_day - drawn.day_zero).days, (stage.last_day - drawn.day_zero).days)
        for stage in drawn.stages
    ]


def due_days(drawn: PlanDrawn) -> list[int]:
    return [(test.due_on - drawn.day_zero).days for test in drawn.tests]
