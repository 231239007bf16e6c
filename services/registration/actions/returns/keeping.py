"""What returns are kept with: the law, the seal, and the registers that statements are held against."""

from collections.abc import Container
from dataclasses import dataclass

from services.registration.rules.returns.return_law import ReturnLaw
from shared.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Keeping:
    """The parts that every action on returns needs beside the database."""

    sealer: Sealer
    law: ReturnLaw
    divisions: Container[str]
    areas: Container[str]
    occupations: Container[str]
    """The categories of the policy."""
