"""What a person at the terminal is told, in both languages, from catalogues of sentences."""

from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, Self

from shared.yaml_files import read_yaml


class Sentence(NamedTuple):
    """The same sentence in Chinese and in English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.zh}  {self.en}"


class Catalogue:
    """The sentences of one file, read when the first of them is said."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _sentences(self) -> dict[str, dict[str, str]]:
        return read_yaml(self._path)

    @property
    def codes(self) -> frozenset[str]:
        """The name of every sentence."""
        return frozenset(self._sentences)

    def say(self, code: str, /, **values: object) -> Sentence:
        """Return a sentence with its blanks filled in."""
        entry = self._sentences[code]
        return Sentence(entry["zh"].format_map(values), entry["en"].format_map(values))

    def line(self, code: str, /, **values: object) -> str:
        """Return a sentence in both languages, as a command prints it."""
        return str(self.say(code, **values))

    def columns(self) -> list[tuple[str, str]]:
        """Return the headings of a table, Chinese and English, which `columns` holds between bars."""
        words = self.say("columns")
        return list(zip(words.zh.split("|"), words.en.split("|"), strict=True))

    def refuse(self, code: str, /, **values: object) -> NoReturn:
        """Print why a command does nothing, and end it with 1."""
        import typer  # services that are started say sentences too, and have no commands

        typer.echo(self.line(code, **values), err=True)
        raise typer.Exit(1)


say = Catalogue(Path(__file__).with_name("messages") / "terminal.yaml").say


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
