"""Clock door of campaigns: plans are computed, counts added up, forecasts watched."""

from services.testing.actions.campaigns.fold_counts import fold_counts
from services.testing.actions.campaigns.plan_campaign import answer_plan
from services.testing.actions.campaigns.read_campaigns import Figures
from services.testing.actions.campaigns.watch_campaigns import watch_campaigns
from services.testing.rules.campaigns.forecast import Standing
from services.testing.service import Testing
from shared.duties import Duty

PLAN_SECONDS = 1.0
FOLD_SECONDS = 1.0
WATCH_SECONDS = 5.0


def duties(testing: Testing) -> list[Duty]:
    """Return what is done about campaigns because time passes."""

    async def plan() -> bool:
        return await answer_plan(testing.database, testing.planner.ask, testing.clock)

    async def fold() -> bool:
        return await fold_counts(testing.database)

    async def watch() -> bool:
        watched = await watch_campaigns(
            testing.database, testing.campaigns_law.forecast, now=testing.clock.now()
        )
        if watched.told:
            testing.wake()
        _show(testing, watched.figures)
        return False

    return [
        Duty("plan-campaigns", plan, rest_seconds=PLAN_SECONDS),
        Duty("fold-campaign-counts", fold, rest_seconds=FOLD_SECONDS),
        Duty("watch-campaigns", watch, rest_seconds=WATCH_SECONDS),
    ]


def _show(testing: Testing, seen: list[Figures]) -> None:
    metrics = testing.campaign_metrics
    metrics.forget()
    for figures in seen:
        code, total = figures.campaign.stated.code, figures.total
        metrics.people.labels(code, "to-test").set(figures.campaign.people or 0)
        metrics.people.labels(code, "sampled").set(total.sampled_people)
        metrics.people.labels(code, "arrived").set(total.arrived_people)
        metrics.people.labels(code, "resulted").set(total.resulted_people)
        metrics.positive_tubes.labels(code).set(total.positive_tubes)
        standing = figures.forecast.standing if figures.forecast else Standing.UNKNOWN
        metrics.behind.labels(code).set(standing is Standing.BEHIND)
