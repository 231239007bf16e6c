"""Lists of the laboratory side that are taken away as files: the register of laboratories, and of households.

Each is read a page at a time in the order of its own door; the words of roles, instruments and materials are
the policy's.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from services.testing.actions.campaigns.record_residents import read_residents
from services.testing.actions.laboratories.read_laboratories import list_laboratories
from services.testing.service import Testing
from services.testing.storage.laboratories import LaboratoryWindow
from services.testing.storage.residents import FIRST
from services.testing.wire.laboratories import LaboratoryView
from services.testing.wire.residents import ResidentView
from shared.policy.laboratories import LedgerLaw
from shared.workbooks.exporting import Words

ROWS_TOGETHER = 1_000
CATALOGUE = Path(__file__).parent / "messages" / "headings.yaml"


def words_of(law: LedgerLaw) -> Words:
    """Return the headings and words of these files."""
    return Words(CATALOGUE, dict(_titles(law)))


def _titles(law: LedgerLaw) -> Iterator[tuple[str, str]]:
    for one in (*law.staff, *law.instruments, *law.materials):
        yield one.id, one.title.zh


async def laboratories(testing: Testing, bounds: tuple[str, str]) -> AsyncIterator[Sequence[BaseModel]]:
    """Return the register of laboratories of a subtree as its door shows it, a page at a time."""
    law, after = testing.laboratories_law.ledger, ("", "")
    while True:
        window = LaboratoryWindow(bounds, ROWS_TOGETHER, after)
        now = testing.clock.now()
        rows = await list_laboratories(testing.database, window, law, kind=None, suspended=None, now=now)
        if rows:
            yield [
                LaboratoryView.of(row, testing.institutions.name_of(row.stored.laboratory.code))
                for row in rows
            ]
        if len(rows) < ROWS_TOGETHER:
            return
        last = rows[-1].stored.laboratory
        after = (last.division, last.code)


async def residents(
    testing: Testing, bounds: tuple[str, str], building: str | None
) -> AsyncIterator[Sequence[BaseModel]]:
    """Return the register of households of a subtree as its door shows it, a page at a time."""
    after = FIRST
    while True:
        rows = await read_residents(testing.database, bounds, building, after, ROWS_TOGETHER)
        if rows:
            yield [ResidentView.of(row) for row in rows]
        if len(rows) < ROWS_TOGETHER:
            return
        after = (rows[-1].division, rows[-1].building, rows[-1].reference)
