"""What travels over the duty roster's HTTP door."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from services.alerts.actions.fill_roster import JudgedEntry, RowVerdict
from services.alerts.actions.review_roster import PostNow
from services.alerts.rules.roster import DutyPerson
from services.alerts.storage.pages import OpenGap
from services.alerts.storage.roster import StoredPerson, StoredShift
from shared.divisions import DivisionRegister
from shared.policy.values import Text
from shared.verdicts import Problem


class PersonView(BaseModel):
    """A person of the roster; of the channels only the kinds, in the order in which they are tried."""

    id: str
    person_id: UUID
    name: str
    division: str
    language: str
    working: bool
    channel_kinds: list[str]

    @classmethod
    def of(cls, stored: StoredPerson) -> "PersonView":
        """Return the wire's form of a person."""
        person = stored.person
        return cls(
            id=person.key,
            person_id=person.id,
            name=person.name,
            division=stored.division,
            language=person.language,
            working=person.working,
            channel_kinds=list(person.channel_kinds),
        )


class ShiftView(BaseModel):
    """A shift of the roster."""

    id: UUID
    post: str
    division: str
    person: str
    from_at: datetime
    until_at: datetime

    @classmethod
    def of(cls, shift: StoredShift) -> "ShiftView":
        """Return the wire's form of a shift."""
        return cls(
            id=shift.id,
            post=shift.post,
            division=shift.division,
            person=shift.person_key,
            from_at=shift.from_at,
            until_at=shift.until_at,
        )


class RowReceipt(BaseModel):
    """What became of one row; `place` says where it stands in the document."""

    place: str
    verdict: RowVerdict
    problems: list[Problem] = []


class RosterReceipt(BaseModel):
    """What became of a document, row by row."""

    stored: int
    unchanged: int
    refused: int
    rows: list[RowReceipt]

    @classmethod
    def of(cls, judged: list[JudgedEntry]) -> "RosterReceipt":
        """Return the wire's form of the verdicts."""
        counts = {verdict: sum(one.verdict is verdict for one in judged) for verdict in RowVerdict}
        return cls(
            stored=counts[RowVerdict.STORED],
            unchanged=counts[RowVerdict.UNCHANGED],
            refused=counts[RowVerdict.REFUSED],
            rows=[
                RowReceipt(
                    place=one.read.place,
                    verdict=one.verdict,
                    problems=[Problem.of(each) for each in one.problems],
                )
                for one in judged
            ],
        )


class HolderView(BaseModel):
    """Somebody who is on duty now."""

    id: str
    name: str
    channel_kinds: list[str]

    @classmethod
    def of(cls, person: DutyPerson) -> "HolderView":
        """Return the wire's form of a person on duty."""
        return cls(id=person.key, name=person.name, channel_kinds=list(person.channel_kinds))


class GapView(BaseModel):
    """A span of the next seven days in which nobody can be paged for a post."""

    from_at: datetime
    until_at: datetime


class PostView(BaseModel):
    """A post as seen from a division; `found_in` is the division itself or the one above that holds it."""

    post: str
    title: Text
    on_duty: list[HolderView]
    found_in: str | None
    found_in_name: str | None
    own: bool
    """Whether it is held in the division itself."""
    gaps: list[GapView]

    @classmethod
    def of(cls, now: PostNow, title: Text, division: str, register: DivisionRegister) -> "PostView":
        """Return the wire's form of a post."""
        found = now.found
        return cls(
            post=now.post,
            title=title,
            on_duty=[HolderView.of(person) for person in found.people] if found else [],
            found_in=found.division if found else None,
            found_in_name=register.full_name(found.division) if found else None,
            own=found is not None and found.division == division,
            gaps=[GapView(from_at=gap.from_at, until_at=gap.until_at) for gap in now.gaps],
        )


class DutyNow(BaseModel):
    """Who is on duty at this moment, post by post, and when in the next seven days nobody will be."""

    division: str
    name: str
    at: datetime
    posts: list[PostView]


class OpenGapView(BaseModel):
    """A post that pages looked for and on which nobody could be paged."""

    id: UUID
    post: str
    division: str
    name: str
    rung: int
    clocks: int
    """How often a clock ran into it."""
    opened_at: datetime
    last_seen_at: datetime

    @classmethod
    def of(cls, open_gap: OpenGap, register: DivisionRegister) -> "OpenGapView":
        """Return the wire's form of an open gap."""
        gap = open_gap.gap
        return cls(
            id=gap.id,
            post=gap.post,
            division=gap.division,
            name=register.full_name(gap.division) if gap.division in register else gap.division,
            rung=gap.rung,
            clocks=gap.clocks,
            opened_at=open_gap.opened_at,
            last_seen_at=open_gap.last_seen_at,
        )


class OpenGapList(BaseModel):
    """The gaps that stand open in a subtree, newest first."""

    gaps: list[OpenGapView]
