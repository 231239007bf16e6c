"""The files that a drill stands on, and the part of the register that takes part in it."""

import csv
from dataclasses import dataclass
from pathlib import Path

from drills.checks import Registers
from drills.forecast import Forecast
from drills.reading import check_scenario, read_scenario
from drills.scenario import Scenario
from dutyclock.services import PROJECT
from shared.divisions import DivisionRegister
from shared.institutions import InstitutionRegister
from shared.policy import load_pack

POLICY_FOLDER = PROJECT / "policies" / "chongqing-2021-winter"
DIVISIONS_FILE = PROJECT / "data" / "divisions-chongqing.csv"
INSTITUTIONS_FILE = PROJECT / "data" / "institutions-chongqing.csv"


@dataclass(frozen=True, slots=True)
class Drill:
    """A scenario that can be played, with what must come of it."""

    scenario: Scenario
    forecast: Forecast
    registers: Registers


def prepare(path: Path, *, expectations: bool = True) -> Drill:
    """Read, check and forecast a scenario; raises ScenarioError, or PolicyError for the pack itself.

    Without `expectations` what the file expects is left unread, for an author who is about to write it.
    """
    scenario, document = read_scenario(path)
    divisions = DivisionRegister.load(DIVISIONS_FILE)
    if scenario.register_under:
        divisions = divisions.part([code for code in scenario.register_under if code in divisions])
    registers = Registers(load_pack(POLICY_FOLDER), divisions, InstitutionRegister.load(INSTITUTIONS_FILE))
    return Drill(scenario, check_scenario(scenario, document, registers, expectations), registers)


def write_register(register: DivisionRegister, path: Path) -> None:
    """Write a register as the file that the services read."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("code", "name", "level", "parent"))
        lines.writerows((unit.code, unit.name, unit.level, unit.parent or "") for unit in register.units())
