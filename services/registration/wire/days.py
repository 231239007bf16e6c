"""Days on the wire: a date of the calendar in Asia/Shanghai, as `2021-02-01`."""

from datetime import date
from typing import Annotated

from pydantic import Field

WireDay = Annotated[
    date,
    Field(
        ge=date(1900, 1, 1),
        le=date(2200, 1, 1),
        description="A day in Asia/Shanghai.",
        examples=["2021-02-01"],
    ),
]
