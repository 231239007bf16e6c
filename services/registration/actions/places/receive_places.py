"""Take a batch of places for the register: judge each row, register the good ones, answer for each."""

from collections.abc import Callable, Container, Sequence
from datetime import datetime

from services.registration.actions.places.register_places import PlaceToRegister, register_places
from services.registration.rules.places.place import problems_of
from shared.errors import FieldProblem
from shared.policy.key_places import KeyPlaces
from shared.postgres import Database
from shared.verdicts import OUTSIDE, RowVerdict, store_good_rows


async def receive_places(
    database: Database,
    registrations: Sequence[PlaceToRegister],
    law: KeyPlaces,
    *,
    divisions: Container[str],
    reaches: Callable[[str], bool],
    now: datetime,
) -> list[RowVerdict]:
    """Return a verdict for each place, in their order; the good ones are registered in one transaction."""

    def judge(registration: PlaceToRegister) -> Sequence[FieldProblem]:
        problems = problems_of(registration.stated, law, divisions)
        return problems if problems or reaches(registration.stated.division) else [OUTSIDE]

    async def store(good: Sequence[PlaceToRegister]) -> list[RowVerdict]:
        registered = await register_places(database, good, reaches=reaches, now=now)
        return [verdict for verdict, _ in registered]

    return await store_good_rows(registrations, problems_of=judge, store=store)
