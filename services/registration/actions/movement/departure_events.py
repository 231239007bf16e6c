"""What is told of the tests before departures: ids, a division and days."""

from datetime import datetime

from services.registration.rules.movement.departure import Departure
from shared.contracts import Envelope, derived_id, envelop
from shared.contracts.registration import DepartureTestDropped, DepartureTestDue


def events_of(before: Departure | None, after: Departure, now: datetime) -> list[Envelope]:
    """Return what a change tells the laboratory side: the test that falls away, and the one that is due."""
    events: list[Envelope] = []
    if before is not None and before.test is not None and before.test_id != after.test_id:
        assert before.test_id is not None
        dropped = DepartureTestDropped(
            division=before.division,
            occurred_at=now,
            recorded_at=now,
            departure_id=before.id,
            test_id=before.test_id,
            person_id=before.person_id,
        )
        events.append(envelop(dropped, id=derived_id(dropped.TYPE, before.test_id, now)))
    if after.test is not None and (before is None or before.test_id != after.test_id):
        assert after.test_id is not None
        due = DepartureTestDue(
            division=after.division,
            occurred_at=now,
            recorded_at=now,
            departure_id=after.id,
            test_id=after.test_id,
            person_id=after.person_id,
            from_on=after.test.from_on,
            due_on=after.test.due_on,
        )
        events.append(envelop(due, id=derived_id(due.TYPE, after.test_id, now)))
    return events
