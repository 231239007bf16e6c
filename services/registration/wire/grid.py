"""The responsibility grid on the wire: what became of a document, and who answers for what."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel

from services.registration.rules.care.grid import GridPlace, Responsibility, VillageGrid
from services.registration.rules.care.grid_document import ReadEntry
from services.registration.sealed_person import masked_name, masked_telephone
from services.registration.storage.grid import StoredStaff, open_details
from shared.divisions import DivisionRegister
from shared.sealing import Sealer, Unsealable
from shared.verdicts import Problem, RowVerdict, Verdict

UNREADABLE = "***"


class StaffView(BaseModel):
    """A responsible person; name and telephone are masked."""

    id: str
    staff_id: UUID
    name: str
    telephone: str | None
    division: str
    roles: list[str]
    working: bool

    @classmethod
    def of(cls, stored: StoredStaff, sealer: Sealer) -> "StaffView":
        """Return the wire's form of a person; what cannot be opened any more is shown as unreadable."""
        try:
            details = open_details(sealer, stored)
            name = masked_name(details.name)
            telephone = details.telephone and masked_telephone(details.telephone)
        except Unsealable:
            name, telephone = UNREADABLE, None
        staff = stored.staff
        return cls(
            id=staff.key,
            staff_id=staff.id,
            name=name,
            telephone=telephone,
            division=staff.division,
            roles=list(staff.roles),
            working=staff.working,
        )


class GridRowReceipt(BaseModel):
    """What became of one row; `place` says where it stands in the document."""

    place: str
    verdict: Verdict
    id: UUID | None
    """Of the person or the responsibility; none for a row that was refused."""
    problems: list[Problem] = []


class GridReceipt(BaseModel):
    """What became of a document, row by row."""

    stored: int
    duplicate: int
    refused: int
    rows: list[GridRowReceipt]

    @classmethod
    def of(cls, entries: Sequence[ReadEntry], verdicts: Sequence[RowVerdict]) -> "GridReceipt":
        """Return the wire's form of the verdicts."""
        counts = {verdict: sum(one.verdict is verdict for one in verdicts) for verdict in Verdict}
        return cls(
            stored=counts[Verdict.STORED],
            duplicate=counts[Verdict.DUPLICATE],
            refused=counts[Verdict.REFUSED],
            rows=[
                GridRowReceipt(
                    place=read.place,
                    verdict=one.verdict,
                    id=one.id,
                    problems=[Problem.of(problem) for problem in one.problems],
                )
                for read, one in zip(entries, verdicts, strict=True)
            ],
        )


class HolderView(BaseModel):
    """Somebody who holds a role, and the division for which they were named."""

    id: str
    named_for: str

    @classmethod
    def of(cls, held: Responsibility) -> "HolderView":
        """Return the wire's form of a responsibility."""
        return cls(id=held.key, named_for=held.place.division)


class LevelView(BaseModel):
    """One of the levels that answer for a village; nobody holds it when the list is empty."""

    role: str
    held_by: list[HolderView]


class PartHolderView(BaseModel):
    """Somebody who answers for exactly this part."""

    id: str
    role: str


class PartRef(BaseModel):
    """A block or building of a village."""

    block: str | None
    building: str | None

    @classmethod
    def of(cls, place: GridPlace) -> "PartRef":
        """Return the wire's form of a part."""
        return cls(block=place.block, building=place.building)


class PartView(PartRef):
    """A block or building and who answers for it alone."""

    held_by: list[PartHolderView]


class VillageGridView(BaseModel):
    """Who answers for a village, its blocks and buildings, and what is missing."""

    division: str
    name: str
    levels: list[LevelView]
    parts: list[PartView]
    missing_levels: list[str]
    buildings_without_grid_worker: list[PartRef]

    @classmethod
    def of(cls, grid: VillageGrid, register: DivisionRegister) -> "VillageGridView":
        """Return the wire's form of a village's grid."""
        return cls(
            division=grid.village.code,
            name=register.full_name(grid.village.code),
            levels=[
                LevelView(role=role, held_by=[HolderView.of(one) for one in held])
                for role, held in grid.levels.items()
            ],
            parts=[
                PartView(
                    block=place.block,
                    building=place.building,
                    held_by=[PartHolderView(id=one.key, role=one.role) for one in held],
                )
                for place, held in grid.parts.items()
            ],
            missing_levels=list(grid.missing_levels),
            buildings_without_grid_worker=[PartRef.of(place) for place in grid.uncovered_buildings],
        )
