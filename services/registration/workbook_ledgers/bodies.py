"""What ledgers that come as workbooks have in common: their headings, and what completes a row."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.registration.importing import Body
from services.registration.service import Registration

COLUMNS = Path(__file__).parent.parent / "messages" / "ledgers.yaml"
_REFERENCE = "workbook-reference"
_REFERENCE_BYTES = 16


def name_areas(registration: Registration, body: Body) -> None:
    """Officials write 河北省石家庄市藁城区, the wire 130109; what is no name of an area stays as it is."""
    areas = registration.areas
    if "origin" in body:
        body["origin"] = areas.code_of(body["origin"]) or body["origin"]
    if "places" in body:
        body["places"] = [areas.code_of(place) or place for place in body["places"]]


def mark_of(registration: Registration, about: Sequence[Any]) -> str:
    """Return the mark of a row that has none; it follows from what the row is about, and names nobody.

    So the same row sent again is known as a repetition, also after its sheet was sorted anew.
    """
    digest = registration.sealer.fingerprint(json.dumps(about, sort_keys=True), purpose=_REFERENCE)
    return digest[:_REFERENCE_BYTES].hex()
