"""Which registers are taken away as files that have an order of their own: by code, by time, by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.registration.actions.care.read_grid import read_grid, read_staff
from services.registration.actions.movement.read_departures import list_demands
from services.registration.actions.people.read_suspects import list_suspects
from services.registration.actions.people.unmask_contact import list_contact_unmaskings
from services.registration.actions.people.unmask_person import list_unmaskings
from services.registration.actions.plans.read_risk_areas import list_risk_areas
from services.registration.actions.sentinels.read_sentinels import (
    list_sentinels,
    list_silences,
    list_unregistered,
)
from services.registration.exporting import Bounds, Exported, Position
from services.registration.rules.people.merging import SuspectState
from services.registration.storage.person_reads import TimeWindow
from services.registration.storage.sentinels import CodeWindow
from services.registration.wire.contacts import ContactUnmaskingView
from services.registration.wire.departures import DemandView
from services.registration.wire.grid import StaffView, VillageGridView
from services.registration.wire.person_views import UnmaskingView
from services.registration.wire.risk_areas import RiskAreaView
from services.registration.wire.sentinels import SentinelView, SilenceView, UnregisteredView
from services.registration.wire.suspect_views import SuspectView

BEGINNING = (datetime(1, 1, 2, tzinfo=UTC), UUID(int=0))
"""Before all that is on record in the order of time."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of a subtree behind a position of the list's own."""

    bounds: Bounds
    most: int
    after: Position | None


def _by_code(bounds: Bounds, most: int, after: Position | None) -> CodeWindow:
    division, code = after or ("", "")
    return CodeWindow(bounds, most, (division, code))


def _by_time(bounds: Bounds, most: int, after: Position | None) -> TimeWindow:
    at, id_ = after or BEGINNING
    return TimeWindow(bounds, most, (at, id_))


def _unmasked(row: Any) -> Position:
    return (row.unmasked_at, row.id)


SENTINELS: Sequence[Exported] = (
    Exported(
        "sentinels",
        "symptoms:read",
        SentinelView,
        lambda registration, window: list_sentinels(registration.database, window, None),
        lambda registration, row: SentinelView.of(row, registration.sealer),
        lambda row: (row.sentinel.division, row.sentinel.code),
        _by_code,
    ),
    Exported(
        "sentinels/unregistered",
        "symptoms:read",
        UnregisteredView,
        lambda registration, window: list_unregistered(registration.database, window),
        lambda _, row: UnregisteredView.of(row),
        lambda row: (row.division, row.code),
        _by_code,
    ),
    Exported(
        "sentinels/silent",
        "symptoms:read",
        SilenceView,
        lambda registration, window: list_silences(registration.database, window),
        lambda _, row: SilenceView.of(row),
        lambda row: (row.division, row.code),
        _by_code,
    ),
)

GRID: Sequence[Exported] = (
    Exported(
        "grid/people",
        "grid:read",
        StaffView,
        lambda registration, wanted: read_staff(
            registration.database,
            wanted.bounds,
            after=wanted.after[0] if wanted.after else None,
            most=wanted.most,
        ),
        lambda registration, row: StaffView.of(row, registration.sealer),
        lambda row: (row.staff.key,),
        Slice,
    ),
    Exported(
        "grid",
        "grid:read",
        VillageGridView,
        lambda registration, wanted: read_grid(
            registration.database,
            registration.divisions,
            registration.care_law,
            within=wanted.bounds,
            after=wanted.after[0] if wanted.after else "",
            most=wanted.most,
            gaps_only=False,
        ),
        lambda registration, row: VillageGridView.of(row, registration.divisions),
        lambda row: (row.village.code,),
        Slice,
    ),
)

AREAS: Sequence[Exported] = (
    Exported(
        "risk-areas",
        "risk-areas:read",
        RiskAreaView,
        lambda registration, wanted: list_risk_areas(
            registration.database, before=wanted.after, most=wanted.most, level=None, day=None
        ),
        lambda _, row: RiskAreaView.of(row),
        lambda row: (row.since, row.id),
        Slice,
    ),
    Exported(
        "destination-demands",
        "movement:read",
        DemandView,
        lambda registration, wanted: list_demands(
            registration.database, wanted.after[0] if wanted.after else "", wanted.most
        ),
        lambda _, row: DemandView.of(row),
        lambda row: (row.area,),
        Slice,
    ),
)

PEOPLE: Sequence[Exported] = (
    Exported(
        "people/suspects",
        "people:read",
        SuspectView,
        lambda registration, window: list_suspects(
            registration.database, registration.sealer, window, SuspectState.OPEN
        ),
        lambda _, row: SuspectView.of(row),
    ),
    Exported(
        "people/unmaskings",
        "admin",
        UnmaskingView,
        lambda registration, window: list_unmaskings(registration.database, window, None),
        lambda _, row: UnmaskingView.of(row),
        _unmasked,
        _by_time,
    ),
    Exported(
        "contacts/unmaskings",
        "admin",
        ContactUnmaskingView,
        lambda registration, window: list_contact_unmaskings(registration.database, window, None, None),
        lambda _, row: ContactUnmaskingView.of(row),
        _unmasked,
        _by_time,
    ),
)

REGISTERS: Sequence[Exported] = (*SENTINELS, *GRID, *AREAS, *PEOPLE)
