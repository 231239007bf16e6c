"""Clock door of the testing service: what happens because time passed."""

from services.testing.service import Testing
from shared.duties import Duty


def duties(testing: Testing) -> list[Duty]:
    """Return the service's duties; each runs for ever, and one that fails tries again."""
    del testing  # the areas add theirs here, one line each
    return []
