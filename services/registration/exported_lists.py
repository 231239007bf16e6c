"""Which ledgers and lists are taken away as files: those that a door shows page by page, by its path."""

from collections.abc import Sequence
from typing import Any

from services.registration.actions.care.follow_episode import list_episodes
from services.registration.actions.care.read_five import list_missing
from services.registration.actions.care.read_health import list_missed, list_reports
from services.registration.actions.movement.read_departures import list_departures
from services.registration.actions.movement.read_notices import list_matches, list_notices
from services.registration.actions.people.read_people import list_people
from services.registration.actions.people.read_preregistrations import list_preregistrations
from services.registration.actions.places.read_findings import list_findings
from services.registration.actions.places.read_gatherings import list_gatherings
from services.registration.actions.places.read_lots import list_lots
from services.registration.actions.places.read_places import list_places
from services.registration.actions.plans.list_handovers import list_handovers
from services.registration.actions.plans.read_care_lists import list_care_places
from services.registration.actions.plans.read_plans import list_plans
from services.registration.actions.plans.state_recovery import list_recoveries
from services.registration.actions.quarantine.read_sites import list_sites
from services.registration.actions.quarantine.read_transfers import list_transfers
from services.registration.actions.returns.read_returns import list_returns
from services.registration.actions.sentinels.read_drugs import list_follow_ups, list_sales
from services.registration.actions.sentinels.read_symptom_reports import list_symptom_reports, show_reports
from services.registration.exported_registers import REGISTERS
from services.registration.exporting import Exported, ExportedOfDay
from services.registration.rules.day_count import day_of
from services.registration.rules.plans.care_list import CareList
from services.registration.service import Registration
from services.registration.storage.listing import Window
from services.registration.wire.care_lists import CarePlaceView
from services.registration.wire.cold_chain import LotView
from services.registration.wire.departures import DepartureView
from services.registration.wire.drug_follow_ups import FollowUpView
from services.registration.wire.drug_sales import DrugSaleView
from services.registration.wire.five import MissingView
from services.registration.wire.gatherings import GatheringView
from services.registration.wire.handovers import HandoverView
from services.registration.wire.health_reports import HealthReportView, MissedDayView
from services.registration.wire.inspections import FindingView
from services.registration.wire.notices import MatchView, NoticeView
from services.registration.wire.person_views import PersonView
from services.registration.wire.places import PlaceView
from services.registration.wire.plans import PlanView
from services.registration.wire.preregistrations import PreregistrationView
from services.registration.wire.recoveries import RecoveryView
from services.registration.wire.returns import ReturnView
from services.registration.wire.site_views import SiteLine
from services.registration.wire.symptom_episodes import EpisodeView
from services.registration.wire.symptom_reports import SymptomReportView
from services.registration.wire.transfers import TransferView


def _care_list(name: CareList) -> Exported:
    return Exported(
        f"care-lists/{name}",
        "plans:read",
        CarePlaceView,
        lambda registration, window: list_care_places(registration.database, window, name),
        lambda _, row: CarePlaceView.of(row),
    )


async def _symptom_reports(registration: Registration, window: Window) -> Sequence[Any]:
    held = await list_symptom_reports(registration.database, window, None)
    law, institutions = registration.surveillance.reports, registration.institutions
    return await show_reports(registration.database, held, law, institutions)


PEOPLE: Sequence[Exported] = (
    Exported(
        "people",
        "people:read",
        PersonView,
        lambda registration, window: list_people(registration.database, registration.sealer, window),
        lambda _, row: PersonView.of(row),
    ),
    Exported(
        "preregistrations",
        "people:read",
        PreregistrationView,
        lambda registration, window: list_preregistrations(
            registration.database, registration.sealer, window, None, day_of(registration.clock.now())
        ),
        lambda registration, row: PreregistrationView.of(row, day_of(registration.clock.now())),
    ),
    Exported(
        "returns",
        "returns:read",
        ReturnView,
        lambda registration, window: list_returns(registration.database, window, None),
        lambda registration, row: ReturnView.of(row, registration.clock.now()),
    ),
    Exported(
        "plans",
        "plans:read",
        PlanView,
        lambda registration, window: list_plans(registration.database, window, None),
        lambda _, row: PlanView.of(row),
    ),
    Exported(
        "recoveries",
        "plans:read",
        RecoveryView,
        lambda registration, window: list_recoveries(registration.database, window),
        lambda _, row: RecoveryView.of(row.statement),
    ),
    *(_care_list(name) for name in CareList),
    Exported(
        "handovers",
        "transfers:read",
        HandoverView,
        lambda registration, window: list_handovers(registration.database, window, None, missed=False),
        lambda _, row: HandoverView.of(row),
    ),
    Exported(
        "five/missing",
        "grid:read",
        MissingView,
        lambda registration, window: list_missing(registration.database, window),
        lambda _, row: MissingView.of(row),
    ),
    Exported(
        "transfers",
        "transfers:read",
        TransferView,
        lambda registration, window: list_transfers(registration.database, window, None),
        lambda registration, row: TransferView.of(row, registration.clock.now()),
    ),
    Exported(
        "departures",
        "movement:read",
        DepartureView,
        lambda registration, window: list_departures(
            registration.database, window, day_of(registration.clock.now())
        ),
        lambda _, row: DepartureView.of(row),
    ),
)

SENTINELS: Sequence[Exported] = (
    Exported(
        "symptom-reports",
        "symptoms:read",
        SymptomReportView,
        _symptom_reports,
        lambda registration, row: SymptomReportView.of(row, registration.clock.now()),
    ),
    Exported(
        "symptom-episodes",
        "health:read",
        EpisodeView,
        lambda registration, window: list_episodes(registration.database, window, None),
        lambda _, row: EpisodeView.of(row),
    ),
    Exported(
        "drug-sales",
        "drugs:read",
        DrugSaleView,
        lambda registration, window: list_sales(registration.database, window),
        lambda _, row: DrugSaleView.of(row),
    ),
    Exported(
        "drug-follow-ups",
        "drugs:read",
        FollowUpView,
        lambda registration, window: list_follow_ups(registration.database, window, None, None),
        lambda _, row: FollowUpView.of(row),
    ),
)

PLACES: Sequence[Exported] = (
    Exported(
        "sites",
        "sites:read",
        SiteLine,
        lambda registration, window: list_sites(registration.database, window, None, None),
        lambda registration, row: SiteLine.of(row, registration.quarantine),
    ),
    Exported(
        "places",
        "places:read",
        PlaceView,
        lambda registration, window: list_places(registration.database, window, kind=None, is_closed=None),
        lambda registration, row: PlaceView.of(row, registration.sealer),
    ),
    Exported(
        "findings",
        "places:read",
        FindingView,
        lambda registration, window: list_findings(
            registration.database, window, state=None, unconfirmed=None
        ),
        lambda registration, row: FindingView.of(row, registration.clock.now()),
    ),
    Exported(
        "cold-chain-lots",
        "goods:read",
        LotView,
        lambda registration, window: list_lots(
            registration.database, window, state=None, place=None, bounds=window.bounds, held_only=False
        ),
        lambda registration, row: LotView.of(row, registration.places_law),
    ),
    Exported(
        "gatherings",
        "gatherings:read",
        GatheringView,
        lambda registration, window: list_gatherings(
            registration.database, window, state=None, unapproved=None
        ),
        lambda registration, row: GatheringView.of(row, registration.places_law, registration.sealer),
    ),
)

NOTICES: Sequence[Exported] = (
    Exported(
        "assistance-notices",
        "notices:read",
        NoticeView,
        lambda registration, window: list_notices(registration.database, window),
        lambda _, row: NoticeView.of(row),
    ),
    Exported(
        "notice-matches",
        "notices:read",
        MatchView,
        lambda registration, window: list_matches(
            registration.database, window, state=None, going_on=None, notice_id=None
        ),
        lambda registration, row: MatchView.of(row, registration.sealer, registration.clock.now()),
    ),
)

EXPORTED: Sequence[Exported] = (*PEOPLE, *SENTINELS, *PLACES, *NOTICES, *REGISTERS)

EXPORTED_OF_DAYS: Sequence[ExportedOfDay] = (
    ExportedOfDay(
        "health-reports",
        "health:read",
        HealthReportView,
        lambda registration, window, day: list_reports(registration.database, window, day),
        lambda _, row: HealthReportView.of(row),
    ),
    ExportedOfDay(
        "health-reports/missing",
        "health:read",
        MissedDayView,
        lambda registration, window, day: list_missed(registration.database, window, day, None),
        lambda _, row: MissedDayView.of(row),
    ),
)
