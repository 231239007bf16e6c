"""References on the wire: refused with a reason when they look like anybody's data."""

from typing import Annotated

from pydantic import AfterValidator, Field

from services.registration.rules.reference import LONGEST, refusal_of


def _check(reference: str) -> str:
    if (reason := refusal_of(reference)) is not None:
        raise ValueError(reason)
    return reference


Reference = Annotated[
    str,
    AfterValidator(_check),
    Field(
        description=(
            f"The sender's own mark, 1 to {LONGEST} letters, digits and . _ : / - with a digit among them; "
            "never a name, an identity number or a telephone number."
        ),
        examples=["JS-2021-00017"],
    ),
]
