"""The words of the page, in both languages, from the catalogue `messages.yaml`."""

from pathlib import Path

from dutyclock.terminal import Catalogue

CATALOGUE = Catalogue(Path(__file__).with_name("messages.yaml"))
say = CATALOGUE.say


def label(code: str, **values: object) -> str:
    """Return both languages in a line, as a picture has room for them."""
    words = say(code, **values)
    return f"{words.zh} {words.en}"


def name_of(code: str) -> str:
    """Return the name of a rule or a kind of facts, or the code itself for one that has none here."""
    return label(f"name-{code}") if f"name-{code}" in CATALOGUE.codes else code
