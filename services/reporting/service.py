"""What the doors of the reporting service work with."""

from collections.abc import Sequence

from services.reporting.actions.file_daily_report import Filed
from services.reporting.actions.open_cases import open_cases
from services.reporting.actions.report_case import Reported
from services.reporting.actions.review_case import Reviewed
from services.reporting.metrics import Metrics
from services.reporting.rules.entry import Verdict
from services.reporting.rules.law import Law, law_of
from shared.clock import Clock
from shared.contracts.testing import SamplePositive
from shared.divisions import DivisionRegister
from shared.foundation import Foundation
from shared.institutions import InstitutionRegister
from shared.postgres import Database
from shared.sealing import Sealer
from shared.together import Together


class Reporting:
    """The parts of the service that a door is given; it decides nothing."""

    def __init__(self, foundation: Foundation, *, webhook_allow_local: bool) -> None:
        self.database: Database = foundation.database
        self.clock: Clock = foundation.clock
        self.divisions: DivisionRegister = foundation.divisions
        self.institutions: InstitutionRegister = foundation.institutions
        self.law: Law = law_of(foundation.pack)
        self.metrics = Metrics(foundation.registry)
        self.real_clock = Clock()
        """For webhooks, whose receivers know no drill."""
        self.sealer = Sealer.parse(foundation.settings.sealing_keys.get_secret_value())
        self.webhook_allow_local = webhook_allow_local
        self.wake = foundation.bus.wake
        self._openings = Together(self._open)

    async def open_case(self, positive: SamplePositive) -> bool:
        """Open a case; those whose positives arrive at the same moment share a transaction."""
        return await self._openings.submit(positive)

    def note_report(self, reported: Reported) -> None:
        """Wake the relay and measure what became of a direct report."""
        self.wake()
        self.metrics.entries.labels("case-report", reported.verdict).inc()
        file = reported.file
        if reported.verdict is Verdict.STORED and file.reported_at is not None:
            self.metrics.time_to_report.observe((file.reported_at - file.positive_at).total_seconds())

    def note_review(self, reviewed: Reviewed) -> None:
        """Wake the relay and measure what became of a review."""
        self.wake()
        self.metrics.entries.labels("case-review", reviewed.verdict).inc()
        file = reviewed.file
        if reviewed.verdict is Verdict.STORED and file.reviewed_at and file.reported_at:
            self.metrics.time_to_review.observe((file.reviewed_at - file.reported_at).total_seconds())

    def note_filing(self, filed: Filed) -> None:
        """Wake the relay and count what became of a daily report."""
        self.wake()
        self.metrics.entries.labels("daily-report", filed.verdict).inc()

    async def _open(self, positives: Sequence[SamplePositive]) -> Sequence[bool]:
        opened = await open_cases(self.database, positives, now=self.clock.now())
        self.metrics.cases_opened.inc(sum(opened))
        self.wake()
        return opened
