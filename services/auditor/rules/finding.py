"""What an audit found, and whether it is clean."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Check(StrEnum):
    """What is recomputed; every one of them must find nothing."""

    STEPS_UNFIRED = "steps-unfired"
    """A step of a clock is due and has not fired."""
    CLOCKS_WITHOUT_STEP = "clocks-without-step"
    """A clock runs and has no step left that would notice its breach."""
    POSITIVES_WITHOUT_CASE = "positives-without-case"
    POSITIVES_WITHOUT_CLOCK = "positives-without-clock"
    POOLS_WITHOUT_CLOCK = "pools-without-clock"
    """A pool was not negative, and nobody is pressed to take its members again."""
    PAGES_UNCOMPOSED = "pages-uncomposed"
    """A step fired and nobody has been chosen to be paged."""
    DELIVERIES_UNTRIED = "deliveries-untried"
    CLIMBS_UNFIRED = "climbs-unfired"
    """A page was not answered in time and the next person has not been paged."""
    EVENTS_UNSENT = "events-unsent"
    """An event waits in an outbox."""
    MESSAGES_PUT_ASIDE = "messages-put-aside"
    """A dead letter waits for somebody to mend its cause."""


@dataclass(frozen=True, slots=True)
class Finding:
    """How many things a check found, and since when the oldest of them has been overdue."""

    check: Check
    count: int
    oldest_at: datetime | None

    def age(self, now: datetime) -> timedelta:
        """Return how long the oldest has been overdue; zero when nothing was found."""
        return max(now - self.oldest_at, timedelta()) if self.oldest_at else timedelta()


def is_clean(findings: Sequence[Finding]) -> bool:
    """Tell whether every check was made and none found anything."""
    return {finding.check for finding in findings} == set(Check) and not any(
        finding.count for finding in findings
    )
