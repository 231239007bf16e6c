"""Clock door of the registration service: what happens because time passed."""

from services.registration.service import Registration
from services.registration.timers import (
    care,
    notices,
    people,
    places,
    plans,
    quarantine,
    risk_areas,
    sentinels,
    workbooks,
)
from shared.duties import Duty


def duties(registration: Registration) -> list[Duty]:
    """Return the service's duties; each runs for ever, and one that fails tries again."""
    return [
        *care.duties(registration),
        *notices.duties(registration),
        *people.duties(registration),
        *places.duties(registration),
        *plans.duties(registration),
        *quarantine.duties(registration),
        *risk_areas.duties(registration),
        *sentinels.duties(registration),
        *workbooks.duties(registration),
    ]
