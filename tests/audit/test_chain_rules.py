"""Where a chain of hashes is broken, and by what: pure rules, every place of every kind of tampering."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit_chain import AuditRow, Break, Head, Kind, beginning_of, first_break

BEGINNING = beginning_of("alerts")


def chained(contents: Sequence[str], beginning: Head = BEGINNING) -> list[AuditRow]:
    rows: list[AuditRow] = []
    former = beginning
    for content in contents:
        sequence = former.sequence + 1
        written = json.dumps({"sequence": sequence, "action": content})
        hash_ = hashlib.sha256(former.hash + written.encode()).digest()
        rows.append(AuditRow(sequence, written, former.hash, hash_))
        former = Head(sequence, hash_)
    return rows


def head_of(rows: Sequence[AuditRow]) -> Head:
    return Head(rows[-1].sequence, rows[-1].hash) if rows else BEGINNING


def renumbered(rows: Sequence[AuditRow]) -> list[AuditRow]:
    return [replace(row, sequence=number) for number, row in enumerate(rows, start=1)]


def rehashed(row: AuditRow, content: str) -> AuditRow:
    return replace(row, content=content, hash=hashlib.sha256(row.previous_hash + content.encode()).digest())


ROWS = chained([f"deed-{number}" for number in range(1, 8)])
HEAD = head_of(ROWS)


def broken(rows: Sequence[AuditRow], kept: Head | None = None, head: Head | None = HEAD) -> Break | None:
    return first_break(rows, BEGINNING, head, kept)


@given(st.lists(st.text(max_size=20), max_size=20))
def test_what_was_chained_is_whole(contents: list[str]) -> None:
    rows = chained(contents)
    assert first_break(rows, BEGINNING, head_of(rows), head_of(rows)) is None
    for position in range(len(rows)):
        assert first_break(rows, BEGINNING, head_of(rows), head_of(rows[:position])) is None


@pytest.mark.parametrize("at", range(7))
def test_a_changed_row_is_named_with_and_without_a_new_hash(at: int) -> None:
    content = ROWS[at].content.replace("deed", "need")
    for forged in (replace(ROWS[at], content=content), rehashed(ROWS[at], content)):
        assert broken([*ROWS[:at], forged, *ROWS[at + 1 :]]) == Break(at + 1, Kind.CHANGED)
    other_hash = replace(ROWS[at], hash=bytes(32))
    assert broken([*ROWS[:at], other_hash, *ROWS[at + 1 :]]) == Break(at + 1, Kind.CHANGED)


@pytest.mark.parametrize("at", range(6))
def test_a_removed_row_is_named_whether_or_not_the_rest_moves_up(at: int) -> None:
    rest = [*ROWS[:at], *ROWS[at + 1 :]]
    assert broken(rest) == Break(at + 1, Kind.REMOVED)
    assert broken(renumbered(rest)) == Break(at + 1, Kind.REMOVED)


@pytest.mark.parametrize("at", range(6))
def test_rows_in_another_order_are_named(at: int) -> None:
    swapped = [*ROWS[:at], ROWS[at + 1], ROWS[at], *ROWS[at + 2 :]]
    assert broken(renumbered(swapped)) == Break(at + 1, Kind.REORDERED)


@pytest.mark.parametrize("at", range(1, 7))
def test_an_inserted_row_is_named_however_well_it_is_made(at: int) -> None:
    before = head_of(ROWS[:at])
    (well_made,) = chained(["forged"], before)
    for forged in (well_made, replace(well_made, hash=bytes(32))):
        rows = renumbered([*ROWS[:at], forged, *ROWS[at:]])
        assert broken(rows) == Break(at + 1, Kind.INSERTED)
    twice = [*ROWS[:at], replace(well_made, sequence=at), *ROWS[at:]]
    assert broken(twice) == Break(at, Kind.INSERTED)
    assert broken([replace(well_made, sequence=0), *ROWS]) == Break(0, Kind.INSERTED)


def test_a_row_behind_the_noted_head_was_never_written_by_the_trail() -> None:
    assert broken([*ROWS, *chained(["forged"], HEAD)]) == Break(8, Kind.INSERTED)
    assert broken(ROWS, head=None) == Break(1, Kind.INSERTED)
    assert broken(ROWS, head=Head(7, bytes(32))) == Break(7, Kind.CHANGED)


@pytest.mark.parametrize("left", range(7))
def test_a_tail_that_is_gone_is_noticed_by_its_head(left: int) -> None:
    rows = ROWS[:left]
    assert broken(rows) == Break(left + 1, Kind.TRUNCATED)
    assert broken(rows, head=head_of(rows)) is None, "with its head gone too, the trail alone cannot tell"
    assert broken(rows, HEAD, head_of(rows)) == Break(left + 1, Kind.TRUNCATED)


@pytest.mark.parametrize("at", range(5))
def test_a_trail_chained_anew_is_noticed_by_a_kept_head(at: int) -> None:
    anew = chained([f"other-{number}" if number >= at else f"deed-{number + 1}" for number in range(7)])
    assert broken(anew, head=head_of(anew)) is None
    assert broken(anew, head_of(ROWS[:5]), head_of(anew)) == Break(5, Kind.REWRITTEN)


def test_a_trail_does_not_pass_for_that_of_another_service() -> None:
    assert first_break(ROWS, beginning_of("testing"), HEAD) == Break(1, Kind.CHANGED)
