"""Pairs of people who may be one, as answers show them."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.actions.people.read_suspects import SuspectRead
from services.registration.rules.people.merging import SuspectState
from services.registration.wire.person_views import PersonView


class SuspectView(BaseModel):
    """Two people who may be one 疑似重复人员; after a merge `people` holds the one that they are."""

    suspect_id: UUID
    division: str
    """The lowest division that both lie in; who sees it decides."""
    state: SuspectState
    found_at: AwareDatetime
    people: list[PersonView]

    @classmethod
    def of(cls, read: SuspectRead) -> "SuspectView":
        """Return the wire's form of a pair, both people masked."""
        return cls(
            suspect_id=read.id,
            division=read.division,
            state=read.suspect.state,
            found_at=read.suspect.found_at,
            people=[PersonView.of(person) for person in read.people],
        )
