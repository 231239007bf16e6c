"""What the law demands of a clock, taken from the versions of the policy that an installation has known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from shared.policy.pack import Pack, version_in_force
from shared.vocabulary import Occasion

BY_HAND = "alerts.clock-withdrawn-by-hand"
"""The event type of a withdrawal that a person ordered; it counts under every version."""


class FactKind(StrEnum):
    """What a fact does to its clock."""

    START = "start"
    STOP = "stop"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Terms:
    """A rule of one version of the policy, as far as a clock needs it."""

    rule_id: str
    pack_id: str
    version: int
    owner: str
    """The duty post that owes the deed."""
    within: timedelta | None
    at: time | None
    """A wall time in Asia/Shanghai; exactly one of `within` and `at` is set."""
    warn_at_shares: tuple[float, ...]
    rungs: Mapping[Occasion, int]
    """The rung of the ladder that an occasion pages, counted from 1; an occasion left out pages nobody."""
    events: frozenset[tuple[FactKind, str]]
    """Which events start, stop and void the clock."""

    def knows(self, kind: FactKind, event_type: str) -> bool:
        """Tell whether an event of this type does that to a clock under these terms."""
        return event_type == BY_HAND or (kind, event_type) in self.events


def terms_of(pack: Pack, rule_id: str) -> Terms:
    """Return the terms of a rule of a pack; raises KeyError for an unknown rule."""
    rule = pack.rule(rule_id)
    occasions = pack.ladder(rule.ladder).occasions
    steps = {occasion: occasions.step(occasion) for occasion in Occasion}
    listed = ((FactKind.START, rule.start), (FactKind.STOP, rule.stop), (FactKind.VOID, rule.void))
    return Terms(
        rule_id=rule.id,
        pack_id=pack.id,
        version=pack.version,
        owner=rule.owner.post,
        within=rule.within,
        at=rule.at,
        warn_at_shares=rule.warn_at_shares,
        rungs={occasion: step.rung for occasion, step in steps.items() if step is not None},
        events=frozenset((kind, fact.event) for kind, facts in listed for fact in facts),
    )


class Law:
    """All versions of the pack that this installation has known, and which of them binds what.

    A clock that starts is bound by the version in force at its start; one that runs keeps its version.
    """

    def __init__(self, packs: Iterable[Pack]) -> None:
        """Raise ValueError when there is no version at all."""
        self.packs: Sequence[Pack] = sorted(packs, key=lambda pack: pack.version)
        if not self.packs:
            raise ValueError("there is no version of the policy")
        self._terms = {
            (pack.version, rule.id): terms_of(pack, rule.id) for pack in self.packs for rule in pack.clocks
        }

    @property
    def current(self) -> Pack:
        """The newest version."""
        return self.packs[-1]

    @property
    def rule_ids(self) -> Sequence[str]:
        """Every rule that any version has or had, in alphabetical order."""
        return sorted({rule_id for _, rule_id in self._terms})

    def has(self, version: int) -> bool:
        """Tell whether a version is known here."""
        return any(pack.version == version for pack in self.packs)

    def terms(self, version: int, rule_id: str) -> Terms:
        """Return the terms that bind a running clock; raises KeyError for what was never known."""
        return self._terms[version, rule_id]

    def binding(self, rule_id: str, started_at: datetime) -> Terms | None:
        """Return the terms for a clock of the rule that starts then; None when that version has no such rule.

        A start before the first version began to bind is bound by the first: the duty exists all the same.
        """
        pack = version_in_force(self.packs, started_at) or self.packs[0]
        return self._terms.get((pack.version, rule_id))

    def newest(self, rule_id: str) -> Terms:
        """Return the terms of the newest version that has the rule; raises KeyError when none has."""
        version = max(version for version, rule in self._terms if rule == rule_id)
        return self._terms[version, rule_id]
