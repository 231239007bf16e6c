"""Where a person stands 人员去向清单: on exactly one of nine lists, by a stated order of precedence.

What needs somebody first comes first: a symptom before everything, then whoever is here and not registered,
then whoever has to be moved, then whoever is to be released; the others stand where their stage puts them,
which the policy says of each kind of stage.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.registration.rules.day_count import day_number


class CareList(StrEnum):
    """The lists that part people, each person on one."""

    EXPECTED = "expected"
    """Announced and not arrived 拟返乡."""
    ARRIVED_UNREGISTERED = "arrived-unregistered"
    """Arrived and not registered yet 已抵达未登记."""
    IN_CENTRAL_QUARANTINE = "in-central-quarantine"
    """At a site 集中隔离中."""
    AT_HOME = "at-home"
    """In quarantine, monitoring or self management at home 居家中."""
    IN_COMMUNITY_MANAGEMENT = "in-community-management"
    """In strict community health management 社区健康管理中."""
    AWAITING_TRANSFER = "awaiting-transfer"
    """To be moved, to a site or from it, and not there yet 待转运."""
    SYMPTOMATIC = "symptomatic"
    """With a symptom that nobody has closed, or a positive result 有症状或阳性."""
    TO_BE_RELEASED = "to-be-released"
    """Whose last day is today, or is over while something is missing 今日拟解除."""
    RELEASED = "released"
    """Under no measure any more, or registered and under none 已解除."""


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """An open plan as it stands."""

    stage_list: CareList
    """The list on which its stage puts people, as the policy says."""
    last_day: date
    is_held: bool
    """Whether a positive result keeps it from going on."""


@dataclass(frozen=True, slots=True)
class CareFacts:
    """All that decides where a person stands."""

    is_expected: bool = False
    """Announced, and no arrival since."""
    has_unregistered_return: bool = False
    has_registered_return: bool = False
    had_plan: bool = False
    plan: PlanStanding | None = None
    """The open plan, where there is one."""
    awaits_transfer: bool = False
    """Decided for a site and not arrived there, or sent home from one and not confirmed there."""
    has_symptoms: bool = False
    is_positive: bool = False


def place(facts: CareFacts, today: date) -> CareList | None:
    """Return the one list on which a person stands on a day in Asia/Shanghai.

    None for whoever was never expected, never returned, never under management and has no symptom: such a
    person is no concern of these lists.
    """
    plan = facts.plan
    if facts.has_symptoms or facts.is_positive or (plan is not None and plan.is_held):
        return CareList.SYMPTOMATIC
    if facts.has_unregistered_return:
        return CareList.ARRIVED_UNREGISTERED
    if plan is not None:
        return _place_under_plan(plan, today, awaits_transfer=facts.awaits_transfer)
    if facts.is_expected:
        return CareList.EXPECTED
    if facts.has_registered_return or facts.had_plan:
        return CareList.RELEASED
    return None


def _place_under_plan(plan: PlanStanding, today: date, *, awaits_transfer: bool) -> CareList:
    if awaits_transfer:
        return CareList.AWAITING_TRANSFER
    if plan.last_day <= today:
        return CareList.TO_BE_RELEASED
    return plan.stage_list


def review_on(facts: CareFacts, today: date) -> date | None:
    """Return the next day on which time alone may move the person; None when only a fact can.

    A change of stage is a fact of its own.
    """
    if facts.plan is None or facts.plan.last_day <= today:
        return None
    return max(facts.plan.last_day, day_number(today, 1))
