"""Judges which measures fit a person and which of them governs: pure, from facts and policy alone.

The strictest governs 从严: the one with most days of the strictest kind of stage, then of the next kind, then
with most tests. Every measure that fitted is kept with the facts that it rests on
(渡建胜肺炎组发〔2021〕2号 §8, 渝肺炎组发〔2021〕1号 §12; `docs/decisions/0016`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeAlias

from services.registration.rules.day_count import number_of
from services.registration.rules.plans.conditions import NOTHING_ELSE
from services.registration.rules.plans.facts import PersonFacts
from services.registration.rules.plans.measure_rule import Fitted, Rule, Strictness, compile_rule, fit
from services.registration.rules.plans.plan import PlanDrawn
from shared.policy import Pack, Text
from shared.policy.measures import MeasuresFile, StageKind, When

Gate: TypeAlias = Callable[[PersonFacts], object]
DrawKey: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Titles:
    """What the policy calls things, by their ids."""

    measures: Mapping[str, Text]
    kinds: Mapping[str, Text]
    restrictions: Mapping[str, Text]
    occupations: Mapping[str, Text]
    grounds: Mapping[str, Text]


@dataclass(frozen=True, slots=True, eq=False)
class MeasuresLaw:
    """The measures of one version of the policy, compiled; made by `compile_measures` only."""

    pack: Pack
    kinds: tuple[StageKind, ...]
    """From the strictest to the mildest."""
    gates: tuple[tuple[Gate, tuple[Rule, ...]], ...]
    """The rules by a fact that a person must have for any of them to fit."""
    otherwise: Rule
    titles: Titles
    drawn: dict[DrawKey, PlanDrawn] = field(default_factory=dict[DrawKey, PlanDrawn])
    """Plans that were drawn already: many people share one, for it holds nothing personal."""

    @property
    def version(self) -> int:
        """The policy's version."""
        return self.pack.version

    def kind(self, id: str) -> StageKind:
        """Return a kind of stage; raises KeyError for one that the policy lacks."""
        for kind in self.kinds:
            if kind.id == id:
                return kind
        raise KeyError(id)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which measures fit a person, in the order of the policy, and which governs."""

    governing: Fitted
    fitted: tuple[Fitted, ...]


def compile_measures(pack: Pack) -> MeasuresLaw:
    """Make the measures of a checked pack ready; raises ValueError for a pack that has none."""
    file = pack.measures
    if file is None:
        raise ValueError(f"the policy {pack.id} needs the file measures.yaml")
    ranks = {kind.id: rank for rank, kind in enumerate(file.stage_kinds)}
    rules = [
        compile_rule(position, measure, file, pack.cite(measure.clause), ranks)
        for position, measure in enumerate(file.measures)
    ]
    (otherwise,) = [rule for rule in rules if rule.measure.when.otherwise]
    grouped: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule is not otherwise:
            grouped.setdefault(_gate_of(rule.measure.when), []).append(rule)
    return MeasuresLaw(
        pack=pack,
        kinds=file.stage_kinds,
        gates=tuple((_gate(name, of), tuple(of)) for name, of in grouped.items()),
        otherwise=otherwise,
        titles=_titles(file),
    )


def _titles(file: MeasuresFile) -> Titles:
    return Titles(
        measures={one.id: one.title for one in file.measures},
        kinds={one.id: one.title for one in file.stage_kinds},
        restrictions={one.id: one.title for one in file.restrictions},
        occupations={one.id: one.title for one in file.occupations},
        grounds={one.id: one.title for one in file.grounds},
    )


def judge(law: MeasuresLaw, facts: PersonFacts) -> Judgement:
    """Return every measure that fits and the one that governs; there is always exactly one."""
    fitted: list[Fitted] = []
    for gate, rules in law.gates:
        if gate(facts):
            for rule in rules:
                fitted += fit(rule, facts)
    if not fitted:
        only = Fitted(law.otherwise, facts.day_zero, NOTHING_ELSE)
        return Judgement(only, (only,))
    if len(fitted) == 1:
        return Judgement(fitted[0], (fitted[0],))
    fitted.sort(key=_position)
    zero, kinds = facts.day_zero, len(law.kinds)
    return Judgement(max(fitted, key=lambda one: strictness_of(one, zero, kinds)), tuple(fitted))


def strictness_of(one: Fitted, day_zero: date, kinds: int) -> Strictness:
    """Return how strict a measure is from a day on: days that lie before it are served."""
    served = number_of(one.day_zero, day_zero)
    return one.rule.strictness if served <= 0 else one.rule.strictness_from(served, kinds)


def proof_age_asked(judgement: Judgement) -> timedelta | None:
    """Return the age that a negative result may have for all that fitted: the shortest that is asked."""
    ages = [used.limit for one in judgement.fitted for used in one.facts if used.limit is not None]
    return min(ages, default=None)


def _position(one: Fitted) -> int:
    return one.rule.position


def _gate_of(when: When) -> str:
    """Return the fact without which a measure cannot fit; the rarer is named first."""
    asked = {
        "ground": when.ground,
        "entry": when.entry,
        "route": when.route,
        "occupation": when.occupation,
        "worker": when.returning_worker,
    }
    return next((name for name, condition in asked.items() if condition), "nothing")


def _gate(name: str, rules: Sequence[Rule]) -> Gate:
    levels = frozenset(
        level for rule in rules if rule.measure.when.route for level in rule.measure.when.route.levels
    )
    gates: dict[str, Gate] = {
        "ground": lambda facts: facts.grounds,
        "entry": lambda facts: facts.entry,
        "route": lambda facts: any(stay.level in levels for stay in facts.route),
        "occupation": lambda facts: facts.occupation,
        "worker": lambda facts: facts.returning_worker,
        "nothing": lambda _facts: True,
    }
    return gates[name]
