"""The words of the page, in both languages, from the catalogue `messages.yaml`."""

from functools import cache
from pathlib import Path

from dutyclock.terminal import Sentence
from shared.yaml_files import read_yaml

_CATALOGUE = Path(__file__).with_name("messages.yaml")


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return read_yaml(_CATALOGUE)


def say(code: str, **values: object) -> Sentence:
    """Return the catalogue's sentence with its blanks filled in."""
    entry = _catalogue()[code]
    return Sentence(entry["zh"].format_map(values), entry["en"].format_map(values))


def label(code: str, **values: object) -> str:
    """Return both languages in a line, as a picture has room for them."""
    words = say(code, **values)
    return f"{words.zh} {words.en}"


def name_of(code: str) -> str:
    """Return the name of a rule or a kind of facts, or the code itself for one that has none here."""
    return label(f"name-{code}") if f"name-{code}" in _catalogue() else code
