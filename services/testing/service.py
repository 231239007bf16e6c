"""What the doors of the testing service work with."""

from collections.abc import Callable, Sequence

from services.testing.actions.due.ask_tests import ask_tests, drop_tests
from services.testing.actions.results.look_around import look_around
from services.testing.actions.results.store_results import Stored, store_results
from services.testing.campaign_metrics import CampaignMetrics
from services.testing.due_metrics import DueMetrics
from services.testing.laboratory_metrics import LaboratoryMetrics
from services.testing.metrics import Metrics
from services.testing.planner_process import PlannerProcess
from services.testing.rules.due.asking import Ask, Drop
from services.testing.rules.due.law import compile_due_law
from services.testing.rules.results.intake import Surroundings, place
from services.testing.rules.results.result import Registers, ResultFacts
from services.testing.storage.results import NewResult
from shared.clock import Clock
from shared.divisions import DivisionRegister
from shared.errors import FieldProblem, InvalidInput
from shared.foundation import Foundation
from shared.institutions import InstitutionRegister
from shared.policy import Pack
from shared.policy.campaigns import CampaignsFile
from shared.policy.laboratories import LaboratoriesFile
from shared.postgres import Database
from shared.sealing import Sealer
from shared.together import Together


class Testing:
    """The parts of the service that a door is given; it decides nothing."""

    def __init__(self, foundation: Foundation) -> None:
        self.database: Database = foundation.database
        self.clock: Clock = foundation.clock
        self.divisions: DivisionRegister = foundation.divisions
        self.registers = Registers(foundation.divisions, foundation.institutions)
        self.institutions: InstitutionRegister = foundation.institutions
        self.laboratories_law = laboratories_law(foundation.pack)
        self.pack: Pack = foundation.pack
        self.sealer = Sealer.parse(foundation.settings.sealing_keys.get_secret_value())
        self.metrics = Metrics(foundation.registry)
        self.laboratory_metrics = LaboratoryMetrics(foundation.registry)
        self.campaigns_law = campaigns_law(foundation.pack)
        self.campaign_metrics = CampaignMetrics(foundation.registry)
        self.planner = PlannerProcess()
        self.wake = foundation.bus.wake
        self.ending = foundation.ending
        self._single_results = Together(self._store)
        self._single_looks = Together(self._look_around)
        self.due_law = compile_due_law(foundation.pack)
        self.due_metrics = DueMetrics(foundation.registry)
        self.asks = Together(self._ask)
        self.drops = Together(self._drop)

    async def store_single(self, result: NewResult) -> Stored:
        """Store one result; those that arrive at the same moment share a transaction."""
        return await self._single_results.submit(result)

    async def place_single(self, facts: ResultFacts, reaches: Callable[[str], bool]) -> ResultFacts:
        """Return one result for the division of its tube; raises InvalidInput if the sender may not."""
        placed = place(facts, await self._single_looks.submit(facts), reaches)
        if isinstance(placed, FieldProblem):
            raise InvalidInput("The result has fields that are refused.", problems=[placed])
        return placed

    async def _look_around(self, facts: Sequence[ResultFacts]) -> Sequence[Surroundings]:
        around = await look_around(self.database, facts)
        return [around] * len(facts)

    async def _store(self, results: Sequence[NewResult]) -> Sequence[Stored]:
        stored = await store_results(self.database, results, now=self.clock.now())
        self.wake()
        return stored

    async def _ask(self, asks: Sequence[Ask]) -> Sequence[bool]:
        new = await ask_tests(self.database, asks, now=self.clock.now())
        self.wake()
        return [one.due_id in new for one in asks]

    async def _drop(self, drops: Sequence[Drop]) -> Sequence[bool]:
        dropped = await drop_tests(self.database, drops, now=self.clock.now())
        self.wake()
        return [one.due_id in dropped for one in drops]


def campaigns_law(pack: Pack) -> CampaignsFile:
    """Return what the policy says of campaigns; raises ValueError for one that does not say it."""
    if pack.campaigns is None:
        raise ValueError(f"the policy {pack.id} needs a file campaigns.yaml")
    return pack.campaigns


def laboratories_law(pack: Pack) -> LaboratoriesFile:
    """Return what the policy says of laboratories; raises ValueError for one that does not say it."""
    if pack.laboratories is None:
        raise ValueError(f"the policy {pack.id} needs a file laboratories.yaml")
    return pack.laboratories
