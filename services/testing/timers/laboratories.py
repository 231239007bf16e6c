"""Clock door of laboratories: figures are added up, and what departs from the habit is noticed."""

from services.testing.actions.laboratories.notice_laboratories import notice_rates, notice_silence
from services.testing.actions.laboratories.read_figures import take_figures
from services.testing.actions.laboratories.reroute_work import reroute_work
from services.testing.actions.laboratories.tally_results import add_up_tallies
from services.testing.service import Testing
from shared.duties import Duty

REFRESH_SECONDS = 15.0
"""Real seconds between two looks at the figures; Prometheus rarely asks more often."""


def duties(testing: Testing) -> list[Duty]:
    """Return what is done about laboratories because time passes."""

    async def add_up() -> bool:
        return await add_up_tallies(testing.database)

    async def rates() -> bool:
        more = await notice_rates(testing.database, testing.laboratories_law, now=testing.clock.now())
        testing.wake()
        return more

    async def silence() -> bool:
        more = await notice_silence(testing.database, testing.laboratories_law, now=testing.clock.now())
        testing.wake()
        return more

    async def refresh() -> bool:
        figures, notices = await take_figures(testing.database)
        testing.laboratory_metrics.show(figures, notices)
        return False

    async def reroute() -> bool:
        more = await reroute_work(testing.database, testing.laboratories_law, now=testing.clock.now())
        testing.wake()
        return more

    return [
        Duty("reroute-work", reroute),
        Duty("add-up-laboratory-figures", add_up, rest_seconds=1.0),
        Duty("notice-laboratory-rates", rates, rest_seconds=5.0),
        Duty("notice-silent-laboratories", silence, rest_seconds=5.0),
        Duty("refresh-laboratory-figures", refresh, rest_seconds=REFRESH_SECONDS),
    ]
