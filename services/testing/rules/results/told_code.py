"""What the others are told of a tube's code: what is on the tube, unless that looks like somebody's number.

A code is scanned off a tube, so it is never refused: a laboratory's barcodes may have eleven digits and begin
with 13 to 19, and a positive that is refused is worse than a code that is not told (record 61).
"""

from uuid import UUID

from shared.errors import FieldProblem
from shared.personal_numbers import number_in

WITHHELD = "withheld-"


def told_code(tube_code: str, id_: UUID) -> str:
    """Return a tube's code as it may travel; `id_` is the sample or pool that the event is about."""
    return tube_code if number_in(tube_code) is None else f"{WITHHELD}{id_.hex[:8]}"


def remarks_on_code(field: str, tube_code: str) -> tuple[FieldProblem, ...]:
    """Return what a sender is told whose tube's code does not travel; the row is stored all the same."""
    if number_in(tube_code) is None:
        return ()
    return (FieldProblem(field, "looks like somebody's number; kept here, and told to no other service"),)
