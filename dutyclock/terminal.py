"""What a person at the terminal is told, in both languages, from the catalogue."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from shared.yaml_files import read_yaml

_CATALOGUE = Path(__file__).with_name("messages") / "terminal.yaml"


class Sentence(NamedTuple):
    """The same sentence in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh}  {self.en}"


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return read_yaml(_CATALOGUE)


def say(code: str, **values: Any) -> Sentence:
    """The catalogue's sentence with its blanks filled in."""
    entry = _catalogue()[code]
    return Sentence(entry["zh"].format_map(values), entry["en"].format_map(values))


class CannotStart(Exception):
    """One clear sentence for a person; the command prints it and exits with 1, without a stack trace."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.sentence = say(code, **values)
        super().__init__(self.sentence.en)

    @classmethod
    def worded(cls, code: str, sentence: Sentence) -> Self:
        """The same from another process, which has filled in the blanks."""
        made = cls.__new__(cls)
        Exception.__init__(made, sentence.en)
        made.code = code
        made.sentence = sentence
        return made
