"""Put key places into the register, or change what stands there, one or many in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.registration.rules.places.place import PlaceStated
from services.registration.sealed_contact import SealedContact
from services.registration.storage import places
from services.registration.storage.places import StoredPlace
from shared.errors import FieldProblem
from shared.postgres import Database
from shared.verdicts import RowVerdict, Verdict

TAKEN = FieldProblem("code", "belongs to a place outside the subtree of this key")
TWICE = FieldProblem("code", "stands twice in this batch; send a place once")


@dataclass(frozen=True, slots=True)
class PlaceToRegister:
    """A place as a sender wants it in the register, with who is in charge of it."""

    stated: PlaceStated
    in_charge: SealedContact


async def register_places(
    database: Database,
    registrations: Sequence[PlaceToRegister],
    *,
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[tuple[RowVerdict, bool]]:
    """Return what became of each, in their order, and whether the place is new.

    What stands in the register already is replaced; the same again is a duplicate. A code that a place
    outside the caller's subtree carries is refused, and so is one that stands twice among these.
    """
    wanted: dict[UUID, PlaceToRegister] = {}
    for registration in registrations:
        wanted.setdefault(registration.stated.id, registration)
    ids = sorted(wanted)
    async with database.transaction() as connection:
        rows = [(wanted[id_].stated, wanted[id_].in_charge) for id_ in ids]
        new = await places.insert(connection, rows, now)
        known = await places.lock(connection, [id_ for id_ in ids if id_ not in new])
        changed = [
            id_
            for id_ in ids
            if id_ in known and reaches(known[id_].division) and _differs(wanted[id_], known[id_])
        ]
        if changed:
            await places.update(
                connection, [(wanted[id_].stated, wanted[id_].in_charge) for id_ in changed], now
            )

    def verdict(registration: PlaceToRegister) -> tuple[RowVerdict, bool]:
        id_ = registration.stated.id
        if wanted[id_] is not registration:
            return RowVerdict(Verdict.REFUSED, None, (TWICE,)), False
        if id_ in known and not reaches(known[id_].division):
            return RowVerdict(Verdict.REFUSED, None, (TAKEN,)), False
        kept = id_ in known and id_ not in changed
        return RowVerdict(Verdict.DUPLICATE if kept else Verdict.STORED, id_), id_ in new

    return [verdict(registration) for registration in registrations]


def _differs(wanted: PlaceToRegister, stored: StoredPlace) -> bool:
    return (wanted.stated, wanted.in_charge.fingerprint) != (
        stored.place.stated,
        stored.in_charge.fingerprint,
    )
