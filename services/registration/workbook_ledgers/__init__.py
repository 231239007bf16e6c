"""Which ledgers come as workbooks: the columns of each, its door's body, and what takes its rows."""

from collections.abc import Sequence
from typing import Any

from services.registration.importing import Importer
from services.registration.workbook_ledgers import care, people, places, sentinels

IMPORTERS: Sequence[Importer[Any]] = (
    *people.IMPORTERS,
    *care.IMPORTERS,
    *sentinels.IMPORTERS,
    *places.IMPORTERS,
)
