"""What the doors of the registration service work with."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from services.registration.actions.plans.take_samples import take_samples
from services.registration.actions.quarantine.move_out_positive import (
    EVERYWHERE,
    Bounds,
    MoveOut,
    PositiveFound,
    move_out_positive,
)
from services.registration.actions.quarantine.record_transfers import record_transfers
from services.registration.actions.returns.keeping import Keeping
from services.registration.actions.returns.record_returns import record_returns
from services.registration.actions.sentinels.record_drug_sales import DrugKeeping
from services.registration.actions.sentinels.record_symptom_reports import record_symptom_reports
from services.registration.care_metrics import CareMetrics
from services.registration.ledger import Recorded
from services.registration.metrics import Metrics
from services.registration.rules.places.law import law_of as places_law_of
from services.registration.rules.plans.classification import compile_measures
from services.registration.rules.plans.person_sample import SampleTold
from services.registration.rules.returns.return_law import compile_return_law
from services.registration.rules.returns.return_merge import Return, ReturnStatement
from shared.areas import AREAS_FILE, AreaRegister
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.foundation import Foundation
from shared.institutions import InstitutionRegister
from shared.policy import Pack
from shared.policy.care import CareFile
from shared.policy.movement import MovementFile
from shared.policy.quarantine import QuarantineFile
from shared.policy.release import ReleaseFile
from shared.policy.surveillance import SurveillanceFile
from shared.postgres import Database
from shared.sealing import Sealer
from shared.together import Together

SENTINEL_RULE = "sentinel-report"
SAMPLE_EVENTS_AT_ONCE = 20
"""Each may tell of a thousand samples."""


Statement = TypeVar("Statement")
Outcome = TypeVar("Outcome")


class _Record(Protocol[Statement, Outcome]):  # pyright: ignore[reportInvalidTypeVarUse]  # variance is no matter here
    async def __call__(
        self, database: Database, statements: Sequence[Statement], *, now: datetime
    ) -> list[Outcome]: ...


class Registration:
    """The parts of the service that a door is given; it decides nothing."""

    def __init__(self, foundation: Foundation) -> None:
        self.database: Database = foundation.database
        self.clock: Clock = foundation.clock
        self.divisions: DivisionRegister = foundation.divisions
        self.areas = AreaRegister.load(AREAS_FILE, foundation.divisions)
        self.institutions: InstitutionRegister = foundation.institutions
        self.pack: Pack = foundation.pack
        self.sealer = Sealer.parse(foundation.settings.sealing_keys.get_secret_value())
        self.sentinel_report_within = sentinel_report_within(foundation.pack)
        self.release_law = release_law(foundation.pack)
        self.certificate_keys = tuple(key.encode() for key in foundation.settings.signing_keys())
        self.places_law = places_law_of(foundation.pack)
        self.surveillance = surveillance_law(foundation.pack)
        self.quarantine = quarantine_law(foundation.pack)
        self.layout_clause = "; ".join(one.zh for one in self.pack.cite(self.quarantine.layout.clause))
        self.care_law = care_law(foundation.pack)
        self.metrics = Metrics(foundation.registry)
        self.care_metrics = CareMetrics(foundation.registry)
        self.wake = foundation.bus.wake
        self.measures = compile_measures(foundation.pack)
        self.keeping = self._keeping()
        self.movement = movement_law(foundation.pack)
        self.stay_at_work = self._members(self.movement.passes.stay_at_work)
        self.drug_keeping = self._drug_keeping()
        self.returns = Together(self._recording(self._record_returns))
        self.symptom_reports = Together(self._recording(record_symptom_reports))
        self.transfers = Together(self._recording(record_transfers))
        self.samples = Together(self._take_samples, largest=SAMPLE_EVENTS_AT_ONCE)

    def _keeping(self) -> Keeping:
        return Keeping(
            sealer=self.sealer,
            law=compile_return_law(self.pack, self.measures),
            divisions=self.divisions,
            areas=self.areas,
            occupations=frozenset(self.measures.titles.occupations),
        )

    def _drug_keeping(self) -> DrugKeeping:
        return DrugKeeping(
            sealer=self.sealer,
            law=self.surveillance,
            report_within=self.sentinel_report_within,
            measures=self.measures,
            divisions=self.divisions,
            occupations=self.keeping.occupations,
        )

    def _members(self, occupation_list: str) -> frozenset[str]:
        """Return the occupations of a list of the policy, which was checked to be there."""
        lists = self.pack.measures.occupation_lists if self.pack.measures else ()
        return frozenset(member for one in lists if one.id == occupation_list for member in one.members)

    async def _record_returns(
        self, database: Database, statements: Sequence[ReturnStatement], *, now: datetime
    ) -> list[Recorded[Return]]:
        return await record_returns(database, statements, self.keeping, now=now)

    def _recording(
        self, record: _Record[Statement, Outcome]
    ) -> Callable[[Sequence[Statement]], Awaitable[Sequence[Outcome]]]:
        """Return how statements that arrive at the same moment share a transaction."""

        async def carry_out(statements: Sequence[Statement]) -> Sequence[Outcome]:
            recorded = await record(self.database, statements, now=self.clock.now())
            self.wake()
            return recorded

        return carry_out

    async def _take_samples(self, told: Sequence[Sequence[SampleTold]]) -> Sequence[int]:
        """Take the samples of several events together; returns how many of each were of people here."""
        known = await take_samples(
            self.database,
            [one for event in told for one in event],
            self.release_law.tests,
            now=self.clock.now(),
        )
        self.wake()
        answers = iter(known)
        return [sum(next(answers) for _ in event) for event in told]

    async def move_out(self, found: PositiveFound, bounds: Bounds = EVERYWHERE) -> MoveOut | None:
        """Move somebody out who is positive inside a site; None for who is in none."""
        moved = await move_out_positive(
            self.database,
            found,
            self.quarantine.neighbours,
            self.measures,
            bounds=bounds,
            now=self.clock.now(),
        )
        self.wake()
        return moved


def quarantine_law(pack: Pack) -> QuarantineFile:
    """Return what the policy says of quarantine sites; raises ValueError for one that does not say it."""
    if pack.quarantine is None:
        raise ValueError(f"the policy {pack.id} needs the file quarantine.yaml")
    return pack.quarantine


def sentinel_report_within(pack: Pack) -> timedelta:
    """Return how long a sentinel has for its report; raises ValueError for a policy that does not say so."""
    within = next((rule.within for rule in pack.clocks if rule.id == SENTINEL_RULE), None)
    if within is None:
        raise ValueError(f"the policy {pack.id} needs a clock {SENTINEL_RULE} with `within`")
    return within


def release_law(pack: Pack) -> ReleaseFile:
    """Return how plans go on and end; raises ValueError for a policy that does not say so."""
    if pack.release is None:
        raise ValueError(f"the policy {pack.id} needs a release.yaml")
    return pack.release


def movement_law(pack: Pack) -> MovementFile:
    """Return who may move how by the policy; raises ValueError for one that does not say so."""
    if pack.movement is None:
        raise ValueError(f"the policy {pack.id} needs a movement.yaml")
    return pack.movement


def surveillance_law(pack: Pack) -> SurveillanceFile:
    """Return what the policy says of sentinels and drugs; raises ValueError for one that does not."""
    if pack.surveillance is None:
        raise ValueError(f"the policy {pack.id} needs a surveillance.yaml")
    return pack.surveillance


def care_law(pack: Pack) -> CareFile:
    """Return what the policy says of the grid and the daily round; raises ValueError when it is too old."""
    if pack.care is None:
        raise ValueError(f"the policy {pack.id} needs a file care.yaml")
    return pack.care
