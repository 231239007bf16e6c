"""What a statement is beside those on record: the first, a correction, or a repetition."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

Facts = TypeVar("Facts")


class Verdict(StrEnum):
    """What became of a statement."""

    STORED = "stored"
    CORRECTED = "corrected"
    """Appended beside what is on record, which stays; no clock moves."""
    DUPLICATE = "duplicate"


def judge(stated: Facts, on_record: Sequence[Facts]) -> Verdict:
    """Tell what a statement is.

    The same statement made again is a repetition whichever revision it repeats, so that a call that is
    sent twice, or arrives late, does not undo a correction made meanwhile.
    """
    if not on_record:
        return Verdict.STORED
    return Verdict.DUPLICATE if stated in on_record else Verdict.CORRECTED
