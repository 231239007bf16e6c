"""What is told of each returnee, by whom and when, as the public API takes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drills.festival.population import Returnee
from shared.clock import SHANGHAI

PREREGISTRATIONS = "/v1/preregistrations/batch"
RETURNS = "/v1/returns/batch"
TOLD_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """One row for one door, due at a moment of the world."""

    at: datetime
    number: int
    path: str
    row: dict[str, Any]


def told_of(returnee: Returnee, begins_at: datetime) -> Iterator[Told]:
    """Yield everything that is told of somebody, in no order; announcements before the festival begins."""
    one = returnee
    if one.preregistered:
        yield Told(begins_at, one.number, PREREGISTRATIONS, announcement(one))
    if one.known_at is not None or one.registered_at is None:
        row = known(one)
        yield Told(one.first_known_at + TOLD_AFTER, one.number, RETURNS, row)
    if one.registered_at is not None:
        row = registration(one)
        yield Told(one.registered_at, one.number, RETURNS, row)
        if one.told_twice:
            yield Told(one.registered_at + TOLD_AFTER, one.number, RETURNS, row)


def announcement(one: Returnee) -> dict[str, Any]:
    """Return the row of the ledger before the return 预登记."""
    contact = {"name": "联系人", "telephone": f"139{one.number % 10**8:08d}", "relation": "家人"}
    return {
        "reference": f"P-{one.number}",
        "division": one.village,
        "source": "village",
        "person": {**_person(one), "contact": contact},
        "origin": one.profile.origin,
        "places": list(one.profile.passed),
        "transport": {"kind": "train", "number": f"G{1000 + one.number % 8999}"},
        "intended_on": _day(one.arrived_at).isoformat(),
        "health": "well",
    }


def known(one: Returnee) -> dict[str, Any]:
    """Return what a railway's list tells: who, and when the train came in."""
    return {
        "reference": f"R-{one.number}",
        "division": one.village,
        "source": "railway-list",
        "arrived_at": one.first_known_at.isoformat(),
        "person": _person(one),
    }


def registration(one: Returnee) -> dict[str, Any]:
    """Return the village's registration, with the way home and the papers shown."""
    assert one.registered_at is not None
    profile = one.profile
    row: dict[str, Any] = {
        "reference": f"V-{one.number}",
        "division": one.village,
        "source": "village",
        "arrived_at": one.arrived_at.isoformat(),
        "registered_at": one.registered_at.isoformat(),
        "person": _person(one),
        "origin": profile.origin,
        "transport": {"kind": "train", "number": f"G{1000 + one.number % 8999}"},
        "returning_worker": profile.returning_worker,
        "proofs": _proofs(one),
    }
    if profile.passed:
        day = _day(one.first_known_at).isoformat()
        row["route"] = [{"area": area, "entered_on": day, "left_on": day} for area in profile.passed]
    if profile.entry:
        row["entry"] = _entry(one)
    return row


def _person(one: Returnee) -> dict[str, Any]:
    person: dict[str, Any] = {
        "name": one.name,
        "identity": {"kind": "resident-card", "number": one.identity},
        "telephone": one.telephone,
    }
    if one.profile.occupation:
        person["occupation"] = one.profile.occupation
    return person


def _proofs(one: Returnee) -> list[dict[str, Any]]:
    proofs: list[dict[str, Any]] = []
    profile, arrived = one.profile, one.first_known_at
    if profile.negative_test_hours_before is not None:
        sampled_at = arrived - timedelta(hours=profile.negative_test_hours_before)
        proofs.append({"kind": "negative-test", "sampled_at": sampled_at.isoformat(), "result": "negative"})
    if profile.entry and profile.entry.get("certificate"):
        issued_on = _day(arrived) - timedelta(days=int(profile.entry["central_completed_days_before"]))
        proofs.append({"kind": "release-certificate", "issued_on": issued_on.isoformat()})
    return proofs


def _entry(one: Returnee) -> dict[str, Any]:
    entry, day = one.profile.entry or {}, _day(one.first_known_at)
    row = {
        "entered_on": (day - timedelta(days=int(entry["days_before"]))).isoformat(),
        "place": entry["place"],
    }
    if "central_completed_days_before" in entry:
        completed = day - timedelta(days=int(entry["central_completed_days_before"]))
        row["central_completed_on"] = completed.isoformat()
    return row


def _day(at: datetime) -> Any:
    return at.astimezone(SHANGHAI).date()
