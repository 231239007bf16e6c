"""Copies of the real pack that a test may spoil."""

import shutil
from pathlib import Path

from shared.policy import PolicyError, Problem, load_pack

PACK_FILE, DEMANDS, CLOCKS, LADDERS = "pack.yaml", "requirements.yaml", "clocks.yaml", "escalation.yaml"
QUARANTINE, PLACES, MEASURES = "quarantine.yaml", "places.yaml", "measures.yaml"
MOVEMENT, SURVEILLANCE, TESTING = "movement.yaml", "surveillance.yaml", "testing.yaml"
LABORATORIES = "laboratories.yaml"
CAMPAIGNS = "campaigns.yaml"

PACK = Path(__file__).resolve().parents[2] / "policies" / "chongqing-2021-winter"


def copy_pack(folder: Path) -> Path:
    """Copy the real pack under a folder and return where it is."""
    copy = folder / PACK.name
    shutil.copytree(PACK, copy)
    return copy


def replace(pack: Path, file: str, old: str, new: str) -> None:
    """Change the first occurrence of a text in a file of the pack; it must be there."""
    text = (pack / file).read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    (pack / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(pack: Path) -> list[Problem]:
    """Return everything that is wrong with a pack; nothing when it loads."""
    try:
        load_pack(pack)
    except PolicyError as error:
        return list(error.found)
    return []
