"""How far an audit trail is known to be whole, and where it is broken: it is read on from there by portions.

What was read once may be changed later, so a second reader walks through the known part again and again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.audit_chain import AuditRow, Break, Head, Kind, beginning_of, break_among

TRAILS = ("access", "registration", "testing", "alerts", "reporting")
"""The schemas that have one."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows of a trail in their order, from the one that the reader knows, or from the first of all."""

    rows: Sequence[AuditRow]
    is_last: bool
    """Nothing stands behind them that was to be read."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of a trail, out of reach of whoever can write to the database."""

    trail: str
    verified: Head
    """The newest row up to which all was whole when it was read."""
    walked: Head
    """How far the walk through what is known has come."""
    broken: Break | None = None
    is_caught_up: bool = False

    @classmethod
    def unread(cls, trail: str) -> "Watched":
        """Return a trail of which nothing is known."""
        return cls(trail, verified=beginning_of(trail), walked=beginning_of(trail))

    def after(self, newest: Portion, head: Head | None, again: Portion) -> "Watched":
        """Return what is known after two portions of one moment: the newest rows, and some that were known.

        A break stays where it is found until the rows are there again; the other reader goes on meanwhile.
        """
        at_front = _break_at_front(self.verified, newest, head)
        gone = Kind.TRUNCATED if at_front and at_front.kind == Kind.TRUNCATED else Kind.REMOVED
        on_walk = _break_on_walk(self.walked, self.verified, again, gone)
        found = self._walked_on(again) if on_walk is None else self
        if at_front is None:
            found = replace(found, verified=_last(newest, self.verified), is_caught_up=newest.is_last)
        return replace(found, broken=min(filter(None, (at_front, on_walk)), key=_place, default=None))

    def _walked_on(self, again: Portion) -> "Watched":
        if not again.is_last:
            return replace(self, walked=_last(again, self.walked))
        return replace(self, walked=beginning_of(self.trail))


def _place(broken: Break) -> int:
    return broken.sequence


def _last(portion: Portion, otherwise: Head) -> Head:
    return Head(portion.rows[-1].sequence, portion.rows[-1].hash) if portion.rows else otherwise


def _break_at_front(verified: Head, newest: Portion, head: Head | None) -> Break | None:
    noted = head.sequence if head else 0
    if verified.sequence > 0 and not newest.rows:
        return Break(min(noted + 1, verified.sequence), Kind.TRUNCATED)
    if (broken := _break_behind(verified, newest.rows)) is not None or not newest.is_last:
        return broken
    last = _last(newest, verified)
    if noted > last.sequence:
        return Break(last.sequence + 1, Kind.TRUNCATED)
    if head is None or noted < last.sequence:
        return Break(noted + 1, Kind.INSERTED)
    return None if head.hash == last.hash else Break(last.sequence, Kind.CHANGED)


def _break_on_walk(walked: Head, verified: Head, again: Portion, gone: Kind) -> Break | None:
    if (broken := _break_behind(walked, again.rows)) is not None:
        return broken
    last = _last(again, walked)
    if again.is_last and last.sequence < verified.sequence:
        return Break(last.sequence + 1, gone)
    if last.sequence == verified.sequence and last.hash != verified.hash:
        return Break(verified.sequence, Kind.REWRITTEN)
    return None


def _break_behind(known: Head, rows: Sequence[AuditRow]) -> Break | None:
    """Return where rows are broken that begin with the known one, or with the first of all."""
    if known.sequence == 0 or not rows:
        return break_among(rows, known)
    if rows[0].sequence != known.sequence:
        return Break(known.sequence, Kind.REMOVED)
    if rows[0].hash != known.hash:
        return Break(known.sequence, Kind.REWRITTEN)
    return break_among(rows[1:], known)
