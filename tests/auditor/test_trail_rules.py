"""What is known of a trail after look upon look: pure rules, every place of tampering, several portions."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dutyclock.audit_trails import SCHEMAS
from services.auditor.rules.trail import TRAILS, Portion, Watched
from shared.audit_chain import AuditRow, Break, Head, Kind, beginning_of

COUNT = 7


def chained(actions: Sequence[str], former: Head) -> list[AuditRow]:
    rows: list[AuditRow] = []
    for action in actions:
        content = json.dumps({"sequence": former.sequence + 1, "action": action})
        hash_ = hashlib.sha256(former.hash + content.encode()).digest()
        rows.append(AuditRow(former.sequence + 1, content, former.hash, hash_))
        former = Head(former.sequence + 1, hash_)
    return rows


ROWS = chained([f"deed-{number}" for number in range(COUNT)], beginning_of("alerts"))


def head_of(rows: Sequence[AuditRow]) -> Head:
    return Head(rows[-1].sequence, rows[-1].hash) if rows else beginning_of("alerts")


def portion(rows: Sequence[AuditRow], first: int, last: int | None, most: int) -> Portion:
    """What storage reads."""
    within = [
        row
        for row in rows
        if (first == 0 or row.sequence >= first) and (last is None or row.sequence <= last)
    ]
    return Portion(within[: most + 1], is_last=len(within) <= most)


def look(known: Watched, rows: Sequence[AuditRow], head: Head | None, most: int = 3) -> Watched:
    newest = portion(rows, known.verified.sequence, None, most)
    again = portion(rows, known.walked.sequence, known.verified.sequence, most)
    return known.after(newest, head, again)


def known(rows: Sequence[AuditRow] = ROWS, most: int = 3) -> Watched:
    """After as many looks as it takes to have read all of them."""
    found = Watched.unread("alerts")
    while not (found := look(found, rows, head_of(rows), most)).is_caught_up:
        assert found.broken is None
    return found


def found_in(rows: Sequence[AuditRow], head: Head | None, most: int = 3) -> Break | None:
    """What looks find of it, after all was known, once the walk has come by every row."""
    watched = known(most=most)
    for _ in range(2 * COUNT + 2):
        watched = look(watched, rows, head, most)
    return watched.broken


def test_every_trail_is_watched() -> None:
    assert sorted(TRAILS) == sorted(SCHEMAS)


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(1, 5))
def test_what_grows_as_it_should_is_whole_at_every_look(steps: list[int], most: int) -> None:
    rows: list[AuditRow] = []
    watched = Watched.unread("alerts")
    for step in steps:
        rows += chained([f"deed-{number}" for number in range(step)], head_of(rows))
        watched = look(watched, rows, head_of(rows), most)
        assert watched.broken is None
    for _ in range(len(rows) + 1):
        watched = look(watched, rows, head_of(rows), most)
        assert watched.broken is None
    assert (watched.is_caught_up, watched.verified) == (True, head_of(rows))


@pytest.mark.parametrize("most", [1, 2, 3, 100])
@pytest.mark.parametrize("at", range(COUNT))
def test_a_row_changed_after_it_was_known_is_named(at: int, most: int) -> None:
    content = ROWS[at].content.replace("deed", "need")
    as_it_is = replace(ROWS[at], content=content)
    assert found_in([*ROWS[:at], as_it_is, *ROWS[at + 1 :]], head_of(ROWS), most) == Break(
        at + 1, Kind.CHANGED
    )
    hash_ = hashlib.sha256(ROWS[at].previous_hash + content.encode()).digest()
    hashed = [*ROWS[:at], replace(as_it_is, hash=hash_), *ROWS[at + 1 :]]
    broken = found_in(hashed, head_of(ROWS), most)
    assert broken is not None
    assert broken.sequence == at + 1
    assert broken.kind in (Kind.CHANGED, Kind.REWRITTEN)


@pytest.mark.parametrize("most", [1, 2, 3, 100])
@pytest.mark.parametrize("at", range(COUNT - 1))
def test_a_row_removed_after_it_was_known_is_named(at: int, most: int) -> None:
    assert found_in([*ROWS[:at], *ROWS[at + 1 :]], head_of(ROWS), most) == Break(at + 1, Kind.REMOVED)


@pytest.mark.parametrize("left", range(COUNT))
def test_a_tail_that_is_gone_is_noticed_even_with_its_head(left: int) -> None:
    rows = ROWS[:left]
    for head in (head_of(rows), head_of(ROWS)):
        assert found_in(rows, head) == Break(left + 1, Kind.TRUNCATED)
    assert found_in(rows, None) is not None


@pytest.mark.parametrize("at", range(COUNT))
@pytest.mark.parametrize("more", [0, 2])
def test_a_trail_chained_anew_with_its_head_is_noticed(at: int, more: int) -> None:
    other = [f"other-{number}" for number in range(COUNT - at + more)]
    rows = [*ROWS[:at], *chained(other, head_of(ROWS[:at]))]
    broken = found_in(rows, head_of(rows))
    assert broken is not None
    assert broken.kind == Kind.REWRITTEN


def test_a_row_that_the_trail_never_wrote_is_named() -> None:
    behind = [*ROWS, *chained(["forged"], head_of(ROWS))]
    assert found_in(behind, head_of(ROWS)) == Break(COUNT + 1, Kind.INSERTED)
    before = [replace(ROWS[0], sequence=0), *ROWS]
    assert found_in(before, head_of(ROWS)) == Break(0, Kind.INSERTED)
    assert found_in(ROWS, Head(COUNT, bytes(32))) == Break(COUNT, Kind.CHANGED)


def test_what_is_broken_stays_so_until_it_is_mended_and_new_rows_are_read_all_the_same() -> None:
    spoilt = [replace(ROWS[0], content="{}"), *ROWS[1:]]
    watched = look(known(most=100), spoilt, head_of(ROWS), 100)
    assert watched.broken == Break(1, Kind.CHANGED)
    longer = [*spoilt, *chained(["new"], head_of(ROWS))]
    watched = look(watched, longer, head_of(longer), 100)
    assert watched.broken == Break(1, Kind.CHANGED)
    assert watched.verified == head_of(longer)
    mended = [*ROWS, *longer[COUNT:]]
    assert look(watched, mended, head_of(mended), 100).broken is None
