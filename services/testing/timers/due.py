"""Duties of due tests: periods and days that begin, samples that met no test, sums, and what is forgotten."""

from services.testing.actions.due import fold_coverage, open_due_days, open_periods
from services.testing.actions.due.fold_coverage import fold_coverage as fold
from services.testing.actions.due.keep_sample_weeks import keep_sample_weeks
from services.testing.actions.due.meet_samples import meet_samples
from services.testing.actions.due.take_due_figures import take_due_figures
from services.testing.service import Testing
from services.testing.storage.due_tests import Looks
from shared.duties import Duty

WAITING_SECONDS = 0.2
FIGURES_SECONDS = 15.0
WEEKS_SECONDS = 3600.0


def duties(testing: Testing) -> list[Duty]:
    """Return the duties of due tests; each follows the world's clock and may run in several processes."""
    turns = _Turns(testing)
    return [
        Duty("open-due-periods", turns.open_periods),
        Duty("meet-samples", turns.meet_samples, WAITING_SECONDS),
        Duty("open-due-days", turns.open_due_days),
        Duty("open-due-rounds", turns.open_rounds),
        Duty("fold-coverage", turns.fold_coverage),
        Duty("keep-sample-weeks", turns.keep_sample_weeks, WEEKS_SECONDS),
        Duty("take-due-figures", turns.take_figures, FIGURES_SECONDS),
    ]


class _Turns:
    """One turn of each duty; tells whether more is waiting already."""

    def __init__(self, testing: Testing) -> None:
        self._testing = testing
        self._database = testing.database
        self._clock = testing.clock
        self._waiting: Looks | None = None

    async def open_periods(self) -> bool:
        """Open a period of a kind for units."""
        opened = await open_periods.open_periods(self._database, self._testing.due_law, now=self._clock.now())
        return opened.goes_on

    async def meet_samples(self) -> bool:
        """Hold new due tests against samples; while transactions are waited for, look again soon."""
        met = await meet_samples(self._database, self._waiting, now=self._clock.now())
        self._waiting = met.waiting
        return self._more(met.looked_at, met.looked_at > 0)

    async def open_due_days(self) -> bool:
        """Start clocks of tests whose last day has begun."""
        opened = await open_due_days.open_due_days(self._database, now=self._clock.now())
        return self._more(opened, opened == open_due_days.MOST)

    async def open_rounds(self) -> bool:
        """Start clocks of rounds whose last day has begun."""
        opened = await open_due_days.open_rounds(self._database, now=self._clock.now())
        return self._more(opened, opened == open_due_days.MOST)

    async def fold_coverage(self) -> bool:
        """Add changes up."""
        return await fold(self._database) == fold_coverage.MOST

    async def keep_sample_weeks(self) -> bool:
        """Make room for samples to come, and forget those that no due test needs any more."""
        await keep_sample_weeks(self._database, now=self._clock.now())
        return False

    async def take_figures(self) -> bool:
        """Bring the gauges to what the database holds."""
        figures = await take_due_figures(self._database, self._testing.divisions, now=self._clock.now())
        self._testing.due_metrics.show(figures)
        return False

    def _more(self, done: int, more: bool) -> bool:
        if done:
            self._testing.wake()
        return more
