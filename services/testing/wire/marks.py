"""Marks of a sender's own on the wire: refused when they hold somebody's number."""

from typing import Annotated

from services.testing.wire.results import Code
from shared.personal_numbers import NOBODYS_NUMBER

OwnMark = Annotated[Code, NOBODYS_NUMBER]
"""A mark that means something to its sender: letters, digits and . _ : / - (64 at most), nobody's number."""
