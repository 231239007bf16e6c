"""What a notice says: the change, the role, the place and an id; nothing that names whom it is about."""

from dataclasses import dataclass

from services.alerts.messages import LANGUAGES, Catalogue, Language
from services.alerts.rules.charge_notice import NoticeKind
from services.alerts.rules.page_text import PageText
from shared.policy.values import Text


@dataclass(frozen=True, slots=True)
class PageNotice:
    """A notice with names for its codes."""

    kind: NoticeKind
    role: Text
    subject: str
    place: str
    """The full name of the division."""


def write_notice(notice: PageNotice, catalogue: Catalogue) -> PageText:
    """Write the message in Chinese with the English below it; there is nothing to acknowledge, so no link."""
    title = " / ".join(_title(notice, language, catalogue) for language in LANGUAGES)
    return PageText(title, "\n\n".join(_block(notice, language, catalogue) for language in LANGUAGES))


def write_short_notice(notice: PageNotice, catalogue: Catalogue, language: Language, limit: int) -> PageText:
    """Write one paragraph in one language that stays within `limit` characters."""
    text = f"{_title(notice, language, catalogue)} {_says(notice, language, catalogue)}"
    return PageText("", text if len(text) <= limit else text[: max(0, limit - 1)] + "…")


def _title(notice: PageNotice, language: Language, catalogue: Catalogue) -> str:
    return catalogue.say(language, "notice.title", place=notice.place)


def _says(notice: PageNotice, language: Language, catalogue: Catalogue) -> str:
    role = notice.role.zh if language == "zh" else notice.role.en
    return catalogue.say(language, f"notice.{notice.kind}", role=role, subject=notice.subject)


def _block(notice: PageNotice, language: Language, catalogue: Catalogue) -> str:
    lines = (
        _title(notice, language, catalogue),
        _says(notice, language, catalogue),
        catalogue.say(language, "notice.look"),
    )
    return "\n".join(lines)
