"""Fields that several bodies of this service share."""

from typing import Annotated

from pydantic import StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$")]
"""A code as it stands in a register: letters, digits and . _ : / - (64 at most)."""

PersonNamed = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
"""Who did it, as stated: a name or a post; kept here, never on the bus, in a log or in a metric."""
