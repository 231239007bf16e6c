"""What a page says: clause, duty, subject, place, time left or overdue, the link; nothing about persons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.alerts.messages import LANGUAGES, Catalogue, Language
from shared.clock import SHANGHAI
from shared.policy.values import Text
from shared.vocabulary import Occasion

LISTED = 10
"""How many clocks a message lists; the link leads to all of them."""
COUNTED = 10
"""How many rules and townships a message counts by name."""
_GRAVITY = {Occasion.BREACH: 0, Occasion.WARN: 1, Occasion.INFORM: 2}


@dataclass(frozen=True, slots=True)
class PageClock:
    """One clock on a page, as far as its text needs it."""

    occasion: Occasion
    title: Text
    clauses: tuple[Text, ...]
    subject: str
    place: str
    """The full name of the division."""
    township: str
    """The name of the township it lies in, or of the division itself when that stands higher."""
    due_at: datetime


@dataclass(frozen=True, slots=True)
class PageText:
    """A message for one channel."""

    title: str
    body: str


def gravest(occasions: Sequence[Occasion]) -> Occasion:
    """Return the occasion that a page of several is headed by: breach before warning before information."""
    return min(occasions, key=_GRAVITY.__getitem__)


def by_urgency(clocks: Sequence[PageClock]) -> list[PageClock]:
    """Return the clocks in the order in which they are listed: the breached first, then by due time."""
    return sorted(clocks, key=lambda clock: (_GRAVITY[clock.occasion], clock.due_at, clock.subject))


def write_page(clocks: Sequence[PageClock], link: str, now: datetime, catalogue: Catalogue) -> PageText:
    """Write the message in Chinese with the English below it, ending with the link."""
    ordered = by_urgency(clocks)
    blocks = [_block(ordered, language, now, catalogue) for language in LANGUAGES]
    links = [catalogue.say(language, "page.link", link=link) for language in LANGUAGES[:1]]
    title = " / ".join(_title(ordered, language, catalogue) for language in LANGUAGES)
    return PageText(title, "\n\n".join([*blocks, *links]))


def write_short_page(
    clocks: Sequence[PageClock],
    link: str,
    now: datetime,
    catalogue: Catalogue,
    *,
    language: Language,
    limit: int,
) -> PageText:
    """Write one paragraph in one language that stays within `limit` characters, the link always whole.

    What does not fit is cut from the words before the link, never from the link.
    """
    ordered = by_urgency(clocks)
    first = ordered[0]
    values: dict[str, object] = {
        "occasion": _occasion(ordered, language, catalogue),
        "time": say_time(first.due_at, now, language, catalogue),
        "link": link,
    }
    if len(ordered) == 1:
        clauses = catalogue.say(language, "page.clause_separator").join(
            _in(clause, language) for clause in first.clauses
        )
        values |= {"rule": _in(first.title, language), "place": first.place}
        values |= {"clauses": clauses, "subject": first.subject}
        text = catalogue.say(language, "short.one", **values)
    else:
        counts = _counts([_in(clock.title, language) for clock in ordered], language, catalogue, limit=3)
        text = catalogue.say(language, "short.many", count=len(ordered), rules=counts, **values)
    if len(text) > limit:
        words = text.removesuffix(link).rstrip()
        text = words[: max(0, limit - len(link) - 2)].rstrip() + "… " + link
    return PageText("", text)


def say_time(due_at: datetime, now: datetime, language: Language, catalogue: Catalogue) -> str:
    """Say how many whole minutes are left until `due_at`, or have passed since."""
    seconds = (due_at - now).total_seconds()
    minutes = int(abs(seconds) // 60)
    name = "time.left" if seconds >= 0 else "time.overdue"
    return catalogue.say(language, name if minutes else f"{name}_none", minutes=minutes)


def say_moment(moment: datetime, language: Language, catalogue: Catalogue) -> str:
    """Say a moment as month, day and wall time in Asia/Shanghai."""
    local = moment.astimezone(SHANGHAI)
    return catalogue.say(
        language, "time.due", month=local.month, day=local.day, hour=local.hour, minute=local.minute
    )


def count_names(
    names: Sequence[str], language: Language, catalogue: Catalogue, *, limit: int = COUNTED
) -> str:
    """Return how often each name occurs, the most frequent first, and how many names were left out."""
    return _counts(names, language, catalogue, limit=limit)


def _in(text: Text, language: Language) -> str:
    return text.zh if language == "zh" else text.en


def _occasion(clocks: Sequence[PageClock], language: Language, catalogue: Catalogue) -> str:
    return catalogue.say(language, f"occasion.{gravest([clock.occasion for clock in clocks])}")


def _title(clocks: Sequence[PageClock], language: Language, catalogue: Catalogue) -> str:
    occasion = _occasion(clocks, language, catalogue)
    if len(clocks) > 1:
        return catalogue.say(language, "page.title_many", occasion=occasion, count=len(clocks))
    rule = _in(clocks[0].title, language)
    return catalogue.say(language, "page.title_one", occasion=occasion, rule=rule, place=clocks[0].place)


def _block(clocks: Sequence[PageClock], language: Language, now: datetime, catalogue: Catalogue) -> str:
    lines = _one(clocks[0], language, now, catalogue)
    if len(clocks) > 1:
        lines = _many(clocks, language, now, catalogue)
    return "\n".join([_title(clocks, language, catalogue), *lines])


def _one(clock: PageClock, language: Language, now: datetime, catalogue: Catalogue) -> list[str]:
    separator = catalogue.say(language, "page.clause_separator")
    clauses = separator.join(_in(clause, language) for clause in clock.clauses)
    time = say_time(clock.due_at, now, language, catalogue)
    due = say_moment(clock.due_at, language, catalogue)
    return [
        catalogue.say(language, "page.clause", clauses=clauses),
        catalogue.say(language, "page.subject", subject=clock.subject),
        catalogue.say(language, "page.place", place=clock.place),
        catalogue.say(language, "page.due", due=due, time=time),
    ]


def _many(clocks: Sequence[PageClock], language: Language, now: datetime, catalogue: Catalogue) -> list[str]:
    separator = catalogue.say(language, "page.clause_separator")
    clauses = separator.join(
        dict.fromkeys(_in(clause, language) for clock in clocks for clause in clock.clauses)
    )
    rules = _counts([_in(clock.title, language) for clock in clocks], language, catalogue)
    townships = _counts([clock.township for clock in clocks], language, catalogue)
    lines = [
        catalogue.say(language, "page.clause", clauses=clauses),
        catalogue.say(language, "page.by_rule", counts=rules),
        catalogue.say(language, "page.by_township", counts=townships),
    ]
    for number, clock in enumerate(clocks[:LISTED], start=1):
        values = {"rule": _in(clock.title, language), "place": clock.place, "subject": clock.subject}
        time = say_time(clock.due_at, now, language, catalogue)
        lines.append(catalogue.say(language, "page.line", number=number, time=time, **values))
    if len(clocks) > LISTED:
        lines.append(catalogue.say(language, "page.more", count=len(clocks) - LISTED))
    return lines


def _counts(names: Sequence[str], language: Language, catalogue: Catalogue, *, limit: int = COUNTED) -> str:
    counted = Counter(names).most_common()
    parts = [catalogue.say(language, "page.count", what=name, count=count) for name, count in counted[:limit]]
    if len(counted) > limit:
        parts.append(catalogue.say(language, "page.more_names", count=len(counted) - limit))
    return catalogue.say(language, "page.separator").join(parts)
