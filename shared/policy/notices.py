"""What `pack.yaml` says: which notices a pack puts into practice, and since when it binds."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from shared.divisions import DivisionCode
from shared.policy.values import Identifier, Line, PolicyModel, Text

CITATION_PATTERN = r"^[a-z][a-z0-9-]* (§[1-9][0-9]{0,2}(\([1-9][0-9]?\))?|[a-z][a-z0-9-]*)$"

Citation = Annotated[
    str,
    StringConstraints(pattern=CITATION_PATTERN),
    Field(description="A notice and its article, `town §8(1)`, or a place without a number, `city preamble`"),
]

_CITATION = re.compile(
    r"(?P<notice>[a-z][a-z0-9-]*) "
    r"(?:§(?P<article>[1-9][0-9]{0,2})(?P<part>\([1-9][0-9]?\))?|(?P<place>[a-z][a-z0-9-]*))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A citation taken apart: the notice's key with either an article or a place without a number."""

    notice: str
    article: int | None
    part: str
    place: str | None


def read_citation(citation: str) -> CitedPlace | None:
    """Take a citation such as `town §8(1)` apart; None when it is not written like one."""
    match = _CITATION.fullmatch(citation)
    if match is None:
        return None
    article = int(match["article"]) if match["article"] else None
    return CitedPlace(match["notice"], article, match["part"] or "", match["place"])


class UnnumberedPlace(PolicyModel):
    """A place of a notice that has no article number and is cited by a name."""

    key: Identifier
    title: Text


class Notice(PolicyModel):
    """One official notice that a pack puts into practice."""

    key: Identifier
    """How citations name it: `town`, `city`."""
    document: Line
    """Its document number 文号."""
    title: Text
    issuer: Text
    division: DivisionCode
    """The division for which it was issued."""
    dated: date
    articles: Annotated[int, Field(ge=1, le=999)]
    """How many numbered articles it has; a citation beyond them is refused."""
    missing_articles: tuple[Annotated[int, Field(ge=1, le=999)], ...] = ()
    """Articles that the text at hand lacks; nothing may cite them."""
    unnumbered: tuple[UnnumberedPlace, ...] = ()
    """Places that can be cited without an article number."""

    def cite(self, place: CitedPlace) -> Text:
        """Return the citation as people write it: `渝肺炎组发〔2021〕1号 §20`."""
        if place.article is not None:
            written = f"{self.document} §{place.article}{place.part}"
            return Text(zh=written, en=written)
        title = next(one.title for one in self.unnumbered if one.key == place.place)
        return Text(zh=f"{self.document} {title.zh}", en=f"{self.document}, {title.en}")


class PackFile(PolicyModel):
    """The file pack.yaml: what the pack is, its version, since when it binds, and its notices."""

    id: Identifier
    """The name of the pack; it stays the same from version to version."""
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    """Counts up with every change of the content; running clocks keep the version that they started under."""
    valid_from: AwareDatetime
    """Clocks that start at this moment or later follow it; with an offset: 2021-01-29T00:00:00+08:00."""
    title: Text
    decided: Text | None = None
    """What the notices leave open and the pack decides, for the pack as a whole."""
    notices: Annotated[tuple[Notice, ...], Field(min_length=1)]
