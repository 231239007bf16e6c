"""What a new version of a plan changes, as people read it: one sentence a change, in both languages."""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import zip_longest
from typing import Any

from services.registration.rules.day_count import number_of
from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.decision import Decision
from services.registration.rules.plans.plan import PlanDrawn, StageDrawn
from services.registration.rules.plans.wording import say, title_of


def difference(
    law: MeasuresLaw, before: Decision, after: Decision, *, today: date | None = None
) -> list[dict[str, Any]]:
    """Return the changes from one decision to the next as JSON, each with its kind and a sentence (zh, en).

    An empty list when nothing changed for the person. With `today` the last sentence says how many days that
    have passed count for the new plan.
    """
    changes = [
        *_rules(law, before, after),
        *_stages(law, before.plan, after.plan),
        *_restrictions(law, before.plan, after.plan),
        *_tests(before.plan, after.plan),
    ]
    if before.plan.last_day != after.plan.last_day:
        changes.append(_change("last-day", before=before.plan.last_day, after=after.plan.last_day))
    zero = after.plan.day_zero
    if changes and today is not None and (served := number_of(zero, today)) > 0:
        changes.append(_change("served", day=zero, days=served))
    return changes


def _change(kind: str, /, **values: object) -> dict[str, Any]:
    return {"change": kind, **say("changes", kind, **values)}


def _rules(law: MeasuresLaw, before: Decision, after: Decision) -> Iterable[dict[str, Any]]:
    titles = law.titles.measures
    if before.governing != after.governing:
        yield _change(
            "governing", before=title_of(titles, before.governing), after=title_of(titles, after.governing)
        )
    for rule in after.fitted:
        if rule not in before.fitted:
            yield _change("rule-added", rule=title_of(titles, rule))
    for rule in before.fitted:
        if rule not in after.fitted:
            yield _change("rule-dropped", rule=title_of(titles, rule))


def _stages(law: MeasuresLaw, before: PlanDrawn, after: PlanDrawn) -> Iterable[dict[str, Any]]:
    """Compare stages kind by kind, the first of a kind with the first."""
    earlier, later = _by_kind(before), _by_kind(after)
    for kind in dict.fromkeys([*later, *earlier]):
        title = title_of(law.titles.kinds, kind)
        for old, new in zip_longest(earlier.get(kind, []), later.get(kind, [])):
            if new is None and old is not None:
                yield _change("stage-dropped", stage=title, first=old.first_day, last=old.last_day)
            elif old is None and new is not None:
                yield _change("stage-added", stage=title, first=new.first_day, last=new.last_day)
            elif old is not None and new is not None and _span(old) != _span(new):
                yield _change(
                    "stage-moved",
                    stage=title,
                    first_before=old.first_day,
                    last_before=old.last_day,
                    first=new.first_day,
                    last=new.last_day,
                )


def _by_kind(plan: PlanDrawn) -> Mapping[str, list[StageDrawn]]:
    kinds: dict[str, list[StageDrawn]] = {}
    for stage in plan.stages:
        kinds.setdefault(stage.kind, []).append(stage)
    return kinds


def _span(stage: StageDrawn) -> tuple[date, date]:
    return stage.first_day, stage.last_day


def _restrictions(law: MeasuresLaw, before: PlanDrawn, after: PlanDrawn) -> Iterable[dict[str, Any]]:
    earlier = {one.id: one for one in before.restrictions}
    later = {one.id: one for one in after.restrictions}
    for id_ in dict.fromkeys([*later, *earlier]):
        title, old, new = title_of(law.titles.restrictions, id_), earlier.get(id_), later.get(id_)
        if new is None:
            yield _change("restriction-dropped", restriction=title)
        elif old is None:
            yield _change("restriction-added", restriction=title, first=new.first_day, last=new.last_day)
        elif (old.first_day, old.last_day) != (new.first_day, new.last_day):
            yield _change("restriction-moved", restriction=title, first=new.first_day, last=new.last_day)


def _tests(before: PlanDrawn, after: PlanDrawn) -> Iterable[dict[str, Any]]:
    earlier, later = ({test.due_on for test in plan.tests} for plan in (before, after))
    for day in sorted(later - earlier):
        yield _change("test-added", day=day)
    for day in sorted(earlier - later):
        yield _change("test-dropped", day=day)
