"""The texts that people on duty read, in two languages: `zh.yaml` and `en.yaml`, with the same keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.yaml_files import read_yaml

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
"""In the order in which they stand beside each other: Chinese first."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every text by its dotted name, for each language."""

    texts: Mapping[Language, Mapping[str, str]]

    def say(self, language: Language, name: str, **values: object) -> str:
        """Return a text with its values put in; raises KeyError for a name that the catalogue lacks."""
        return self.texts[language][name].format_map(values)


def load_catalogue(folder: Path = Path(__file__).parent) -> Catalogue:
    """Read both languages; raises ValueError when one of them lacks a text that the other has."""
    texts: dict[Language, Mapping[str, str]] = {}
    for language in LANGUAGES:
        nested: Mapping[str, Mapping[str, object]] = read_yaml(folder / f"{language}.yaml")
        texts[language] = {
            f"{group}.{name}": str(text) for group, names in nested.items() for name, text in names.items()
        }
    if odd := texts["zh"].keys() ^ texts["en"].keys():
        raise ValueError(f"only one language has the texts {sorted(odd)}")
    return Catalogue(texts)
