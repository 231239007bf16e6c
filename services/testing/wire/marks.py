"""Marks of a sender's own on the wire: refused when they hold the number of somebody's identity card."""

from typing import Annotated

from pydantic import AfterValidator

from services.testing.wire.results import Code
from shared.identity_cards import holds_card_number


def _nobodys_number(mark: str) -> str:
    if holds_card_number(mark):
        raise ValueError("looks like an identity number, which is personal data and has no place here")
    return mark


OwnMark = Annotated[Code, AfterValidator(_nobodys_number)]
"""A mark that means something to its sender: letters, digits and . _ : / - (64 at most), nobody's number."""
