"""What was decided about a person, as plain JSON that stays readable when policy and code have moved on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.registration.rules.plans.classification import Judgement, MeasuresLaw
from services.registration.rules.plans.facts import PersonFacts
from services.registration.rules.plans.measure_rule import Fitted
from services.registration.rules.plans.plan import DueTest, PlanDrawn, RestrictionDrawn, StageDrawn
from services.registration.rules.plans.wording import read_out, title_of, words


@dataclass(frozen=True, slots=True)
class Decision:
    """Which measure governs, which fitted, and the plan that follows: what two versions differ in."""

    governing: str
    fitted: tuple[str, ...]
    """Ids of measures, each once, in the order of the policy."""
    plan: PlanDrawn


def decision_of(judgement: Judgement, plan: PlanDrawn) -> Decision:
    """Return a decision as it is compared with another."""
    fitted = dict.fromkeys(one.rule.id for one in judgement.fitted)
    return Decision(judgement.governing.rule.id, tuple(fitted), plan)


def write_decision(
    law: MeasuresLaw, judgement: Judgement, plan: PlanDrawn, facts: PersonFacts
) -> dict[str, Any]:
    """Return a decision as JSON: every measure that fitted with clauses and facts read out, and the plan.

    What is read out stands in it in both languages, as it was when it was decided.
    """
    return {
        "policy": {"pack": law.pack.id, "version": law.version},
        "governing": judgement.governing.rule.id,
        "fitted": [_write_fitted(law, one, facts) for one in judgement.fitted],
        "day_zero": plan.day_zero.isoformat(),
        "last_day": plan.last_day.isoformat(),
        "stages": [
            {
                "kind": stage.kind,
                "title": title_of(law.titles.kinds, stage.kind),
                **_days(stage),
                "rules": list(stage.rules),
            }
            for stage in plan.stages
        ],
        "restrictions": [
            {
                "id": one.id,
                "title": title_of(law.titles.restrictions, one.id),
                **_days(one),
                "rules": list(one.rules),
            }
            for one in plan.restrictions
        ],
        "tests": [{"due_on": test.due_on.isoformat(), "rules": list(test.rules)} for test in plan.tests],
    }


def read_decision(written: Mapping[str, Any]) -> Decision:
    """Return the decision that `write_decision` wrote, whichever version of the policy it was."""
    plan = PlanDrawn(
        day_zero=date.fromisoformat(written["day_zero"]),
        stages=tuple(
            StageDrawn(position, stage["kind"], *_read_days(stage), tuple(stage["rules"]))
            for position, stage in enumerate(written["stages"])
        ),
        restrictions=tuple(
            RestrictionDrawn(one["id"], *_read_days(one), tuple(one["rules"]))
            for one in written["restrictions"]
        ),
        tests=tuple(
            DueTest(date.fromisoformat(test["due_on"]), tuple(test["rules"])) for test in written["tests"]
        ),
        last_day=date.fromisoformat(written["last_day"]),
    )
    return Decision(written["governing"], _each_once(one["rule"] for one in written["fitted"]), plan)


def _write_fitted(law: MeasuresLaw, one: Fitted, facts: PersonFacts) -> dict[str, Any]:
    measure = one.rule.measure
    return {
        "rule": measure.id,
        "title": words(measure.title),
        "clauses": [words(clause) for clause in one.rule.clauses],
        "day_zero": one.day_zero.isoformat(),
        "facts": [{"name": str(used.name), **read_out(law, used, facts)} for used in one.facts],
        "decided": words(measure.decided) if measure.decided is not None else None,
    }


def _days(span: StageDrawn | RestrictionDrawn) -> dict[str, str]:
    return {"first_day": span.first_day.isoformat(), "last_day": span.last_day.isoformat()}


def _read_days(written: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(written["first_day"]), date.fromisoformat(written["last_day"])


def _each_once(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
