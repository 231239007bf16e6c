"""Check at a place's door whether somebody may enter, and keep the check without anything that names them."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.registration.actions.places.read_places import find_place
from services.registration.rules.places.entry_check import EntryCheck, Refusal, judge_entry
from services.registration.storage import places
from shared.errors import Conflict
from shared.policy.key_places import KeyPlaces
from shared.postgres import Database


async def check_entry(
    database: Database,
    code: str,
    law: KeyPlaces,
    check_of: Callable[[UUID], EntryCheck],
    *,
    bounds: tuple[str, str],
    now: datetime,
) -> tuple[EntryCheck, list[Refusal], bool]:
    """Return the check, why entry is refused (nothing lets in), and whether it is new.

    A repetition answers as the first time did, whatever has changed meanwhile. Raises NotFound, or Conflict
    where the reference is that of another check.
    """
    async with database.transaction() as connection:
        place = (await find_place(connection, code, bounds)).place
        check = check_of(place.id)
        refusals = judge_entry(law, place.kind, check, is_closed=place.closure is not None)
        if await places.insert_entry_check(connection, check, refusals, now):
            return check, refusals, True
        is_same, rules = await places.rules_of_entry_check(connection, check)
        if not is_same:
            raise Conflict("Another entry check of this place carries the reference.")
    return check, [one for one in all_refusals(law) if one.rule in rules], False


def all_refusals(law: KeyPlaces) -> list[Refusal]:
    """Return every rule by which entry can be refused."""
    closing = law.closed_management
    return [
        *(Refusal(rule.id, rule.clause, rule.advice) for rule in law.entry),
        Refusal("closed-management", closing.clause, closing.advice),
    ]
