"""A pack as a whole: the law of one place and time, checked, with a version; and one rule of it, frozen."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from shared.policy.campaigns import CampaignsFile
from shared.policy.care import CareFile
from shared.policy.clocks import ClockRule
from shared.policy.escalation import Ladder, Post
from shared.policy.key_places import PlacesFile
from shared.policy.laboratories import LaboratoriesFile
from shared.policy.measures import MeasuresFile
from shared.policy.movement import MovementFile
from shared.policy.notices import PackFile, read_citation
from shared.policy.quarantine import QuarantineFile
from shared.policy.release import ReleaseFile
from shared.policy.requirements import Requirement
from shared.policy.surveillance import SurveillanceFile
from shared.policy.testing import TestingFile
from shared.policy.values import Identifier, PolicyModel, Text

_Named = TypeVar("_Named", Requirement, ClockRule, Post, Ladder)


class FrozenRule(PolicyModel):
    """A clock's rule with all that paging and showing it needs, of the version that binds the clock.

    A clock keeps the number of its version, and whole versions are kept beside the clocks: a later version
    of the pack changes nothing about it.
    """

    pack: Identifier
    version: int
    content_hash: str
    rule: ClockRule
    ladder: Ladder
    posts: tuple[Post, ...]
    """The posts that the ladder and the owner name."""
    citations: tuple[Text, ...]
    """The rule's clauses with their document numbers: `渝肺炎组发〔2021〕1号 §20`."""


class Pack(PolicyModel):
    """The law of one place and time, loaded and checked; made by `load_pack` only."""

    head: PackFile
    requirements: tuple[Requirement, ...]
    clocks: tuple[ClockRule, ...]
    posts: tuple[Post, ...]
    ladders: tuple[Ladder, ...]
    measures: MeasuresFile | None = None
    """None in versions that are older than the file."""
    quarantine: QuarantineFile | None = None
    """None in versions that are older than the file."""
    surveillance: SurveillanceFile | None = None
    """None in versions that are older than the file."""
    movement: MovementFile | None = None
    """None in versions that are older than the file."""
    release: ReleaseFile | None = None
    """None in versions that are older than the file."""
    places: PlacesFile | None = None
    """None in versions that are older than the file."""
    care: CareFile | None = None
    """None in versions that are older than the file."""
    laboratories: LaboratoriesFile | None = None
    """None in versions that are older than the file."""
    testing: TestingFile | None = None
    """None in versions that are older than the file."""
    campaigns: CampaignsFile | None = None
    """None in versions that are older than the file."""

    @property
    def id(self) -> str:
        """The pack's name."""
        return self.head.id

    @property
    def version(self) -> int:
        """The pack's version."""
        return self.head.version

    @property
    def valid_from(self) -> datetime:
        """From when on starting clocks follow this version."""
        return self.head.valid_from

    def requirement(self, id: str) -> Requirement:
        """Return a requirement; raise KeyError when there is none of that name."""
        return _by_id(self.requirements, id)

    def rule(self, id: str) -> ClockRule:
        """Return a clock's rule; raise KeyError when there is none of that name."""
        return _by_id(self.clocks, id)

    def ladder(self, id: str) -> Ladder:
        """Return a ladder; raise KeyError when there is none of that name."""
        return _by_id(self.ladders, id)

    def cite(self, citations: Iterable[str]) -> tuple[Text, ...]:
        """Return citations as people write them, with the document number: `渝肺炎组发〔2021〕1号 §20`."""
        notices = {notice.key: notice for notice in self.head.notices}
        places = [place for citation in citations if (place := read_citation(citation))]
        return tuple(notices[place.notice].cite(place) for place in places)

    def content_hash(self) -> str:
        """Return a hash of what the pack means; comments and line breaks do not count.

        Nor do fields left at their default, so that a model that grows keeps the hash of older packs.
        """
        content = json.dumps(
            self.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False
        )
        return "sha256:" + hashlib.sha256(content.encode()).hexdigest()

    def freeze(self, rule_id: str) -> FrozenRule:
        """Return a rule with all that a clock needs of the pack; raise KeyError for an unknown rule."""
        rule = self.rule(rule_id)
        ladder = self.ladder(rule.ladder)
        posts = {rule.owner.post, *(rung.post for rung in ladder.rungs)}
        return FrozenRule(
            pack=self.id,
            version=self.version,
            content_hash=self.content_hash(),
            rule=rule,
            ladder=ladder,
            posts=tuple(post for post in self.posts if post.id in posts),
            citations=self.cite(rule.clause),
        )


def version_in_force(packs: Iterable[Pack], started_at: datetime) -> Pack | None:
    """Return the version that binds a clock which starts then: the highest of those valid by that moment.

    None when all of them begin later.
    """
    bound = [pack for pack in packs if pack.valid_from <= started_at]
    return max(bound, key=lambda pack: pack.version, default=None)


def _by_id(entries: Sequence[_Named], id: str) -> _Named:
    for entry in entries:
        if entry.id == id:
            return entry
    raise KeyError(id)
