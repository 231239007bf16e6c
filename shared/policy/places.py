"""Walks through a read file place by place, so that a check can ask without fear of a wrong shape."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from shared.policy.documents import Document, Location

_YES = frozenset({"true", "t", "yes", "y", "on", "1"})
_NO = frozenset({"false", "f", "no", "n", "off", "0"})


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a file and where it stands; what is missing or of the wrong shape is simply empty.

    The wrong shape itself is reported by the models.
    """

    document: Document
    location: Location = ()

    @property
    def value(self) -> Any:
        """The value that stands there, or None."""
        value = self.document.data
        for part in self.location:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    @property
    def text(self) -> str | None:
        """The text that stands there, or None."""
        value = self.value
        return value if isinstance(value, str) else None

    def at(self, *parts: str | int) -> "Place":
        """Return the place under this one, whether or not anything stands there."""
        return Place(self.document, (*self.location, *parts))

    def __contains__(self, name: str) -> bool:
        value = self.value
        return isinstance(value, dict) and name in value

    def __iter__(self) -> Iterator["Place"]:
        """Yield the places of a list, none where there is no list."""
        value = self.value
        for position in range(len(value) if isinstance(value, list) else 0):
            yield self.at(position)

    def parts(self) -> Sequence["Place"]:
        """Return the places directly under this one, in a list or under names; none under a plain value."""
        value = self.value
        if isinstance(value, dict):
            return [self.at(str(name)) for name in cast("dict[object, object]", value)]
        return list(self)

    def one_or_many(self) -> Sequence["Place"]:
        """Return the places of a list, or this place alone where a single text stands."""
        return [self] if self.text is not None else list(self)

    def add(self, code: str, **values: object) -> None:
        """Report a problem at this place."""
        self.document.add(self.location, code, **values)


def known(entries: Iterable[Place], name: str) -> dict[str, Place]:
    """Return the entries by the text that stands under a name; entries without it are left out."""
    return {text: entry for entry in entries if (text := entry.at(name).text) is not None}


def listed(names: Iterable[str]) -> str:
    """Return names for a message, in order, or a dash for none."""
    return ", ".join(sorted(names)) or "–"


def is_true(place: Place) -> bool:
    """Tell whether a plain value says yes, in any of the words that the models take for it."""
    return (place.text or "").lower() in _YES


def is_false(place: Place) -> bool:
    """Tell whether a plain value says no, in any of the words that the models take for it."""
    return (place.text or "").lower() in _NO


def number_at(place: Place) -> int | None:
    """Return the whole number that stands at a place, or None."""
    return int(place.text) if place.text is not None and place.text.isdecimal() else None
