"""What a laboratory lacks 缺口: people, instruments, material, the right to test (city §6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.testing.rules.laboratories.laboratory import LaboratoryFacts, Stock
from shared.policy.laboratories import LedgerLaw


class GapKind(StrEnum):
    """Of what something is missing 缺口类别."""

    STAFF = "staff"
    INSTRUMENT = "instrument"
    MATERIAL = "material"
    ACCREDITATION = "accreditation"


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing, and how much: people, instruments, or tubes that the stock does not last for."""

    kind: GapKind
    what: str
    missing: int


def gaps_of(facts: LaboratoryFacts, today: date, law: LedgerLaw) -> tuple[Gap, ...]:
    """Return what a laboratory lacks on a day, the largest first within each kind.

    A stock that expires on a day can be used through that day. A material of the policy that is not stated
    counts as none at all: an unknown stock is a gap in what is known.
    """
    return tuple(sorted(_gaps(facts, today, law), key=lambda gap: (_ORDER[gap.kind], -gap.missing, gap.what)))


def _gaps(facts: LaboratoryFacts, today: date, law: LedgerLaw) -> Iterator[Gap]:
    for staff in facts.staff:
        if staff.present < staff.needed:
            yield Gap(GapKind.STAFF, staff.role, staff.needed - staff.present)
    for instruments in facts.instruments:
        if instruments.working < instruments.needed:
            yield Gap(GapKind.INSTRUMENT, instruments.kind, instruments.needed - instruments.working)
    wanted = facts.tubes_per_day * law.stock_days
    stocks = {stock.material: stock for stock in facts.stocks}
    for material in law.materials:
        usable = _usable(stocks.get(material.id), today)
        if usable < wanted:
            yield Gap(GapKind.MATERIAL, material.id, wanted - usable)
    if facts.accreditation is None or facts.accreditation.valid_until < today:
        yield Gap(GapKind.ACCREDITATION, "accreditation", 1)


def _usable(stock: Stock | None, today: date) -> int:
    if stock is None or (stock.expires_on is not None and stock.expires_on < today):
        return 0
    return stock.tubes


_ORDER = {kind: position for position, kind in enumerate(GapKind)}
