"""Who leaves a quarantine site before their last day there, because new facts give a plan without a site."""

from collections.abc import Sequence

from services.registration.rules.plans.next_version import Next, PlanOnRecord, PlanState


def leaves_site(held: Sequence[PlanOnRecord], following: Next, kinds: Sequence[str]) -> PlanOnRecord | None:
    """Return the plan under which somebody was at a site and is no longer; None for whoever else.

    `held` are the person's plans as they were, `kinds` the stages at a site. They are to be handed over like
    at the regular end (渡建胜肺炎组发〔2021〕2号 §8(1)).
    """
    opened = [plan for plan in held if plan.state is PlanState.OPEN]
    at_site = next((plan for plan in opened if plan.stage_kind in kinds), None)
    version = following.version
    over = {plan.id for plan in following.withdrawn}
    remain = {plan.id: plan.stage_kind for plan in opened if plan.id not in over}
    if version is not None:
        remain[version.plan_id] = version.stage.kind
    return None if any(kind in kinds for kind in remain.values()) else at_site
