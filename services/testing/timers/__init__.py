"""Clock door of the testing service: what happens because time passed."""

from services.testing.service import Testing
from services.testing.timers import campaigns, due, laboratories, results, sequencing, tubes
from shared.duties import Duty


def duties(testing: Testing) -> list[Duty]:
    """Return the service's duties; each runs for ever, and one that fails tries again."""
    return [
        *results.duties(testing),
        *due.duties(testing),
        *tubes.duties(testing),
        *laboratories.duties(testing),
        *sequencing.duties(testing),
        *campaigns.duties(testing),
    ]
