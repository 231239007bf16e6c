"""Reads out what decided a plan, in Chinese and English, fit to be said to the person concerned."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias

from services.registration.rules.plans.classification import MeasuresLaw
from services.registration.rules.plans.conditions import FactName, FactUsed
from services.registration.rules.plans.facts import Entry, Ground, PersonFacts, Proof, Stay
from shared.areas import area_register
from shared.clock import SHANGHAI
from shared.policy import Text
from shared.yaml_files import read_yaml

_CATALOGUE = Path(__file__).parents[2] / "messages" / "plans.yaml"

Words: TypeAlias = dict[str, str]
"""A text in both languages, as JSON holds it: `{"zh": …, "en": …}`."""
LANGUAGES = ("zh", "en")


@cache
def _catalogue() -> Mapping[str, Mapping[str, Words]]:
    return read_yaml(_CATALOGUE)


def say(part: str, name: str, /, **values: object) -> Words:
    """Return a text of the catalogue with its values; those given in two languages are put in by language."""
    template = _catalogue()[part][name]
    return {
        language: template[language].format_map(
            {key: value[language] if isinstance(value, dict) else str(value) for key, value in values.items()}
        )
        for language in LANGUAGES
    }


def words(text: Text) -> Words:
    """Return a text of the policy as JSON holds it."""
    return {"zh": text.zh, "en": text.en}


def title_of(entries: Mapping[str, Text], id: str) -> Words:
    """Return the title of something that the policy names, or its bare id where it names it no more."""
    text = entries.get(id)
    return words(text) if text is not None else dict.fromkeys(LANGUAGES, id)


@cache
def _name_of_area(area: str) -> Words:
    return {language: area_register().name(area, language) for language in LANGUAGES}


def read_out(law: MeasuresLaw, used: FactUsed, facts: PersonFacts) -> Words:
    """Return a sentence about a fact that a measure rests on."""
    match used.about:
        case Stay(area, entered_on, left_on, level, possible):
            level_said = _catalogue()["levels"][level or "low"]
            name = "route-possible" if possible else "route"
            place = _name_of_area(area)
            return say("facts", name, area=place, first=entered_on, last=left_on, level=level_said)
        case Entry(entered_on, here):
            return say("facts", f"entry-{'here' if here else 'elsewhere'}", day=entered_on)
        case Ground(kind, began_on):
            return say("facts", "ground", ground=title_of(law.titles.grounds, kind), day=began_on)
        case Proof(_, datetime() as sampled_at):
            return _read_test(used, sampled_at, facts.arrived_at)
        case str(occupation):
            return say("facts", "occupation", occupation=title_of(law.titles.occupations, occupation))
        case _:
            if used.limit is None:
                return say("facts", used.name)
            return say("facts", f"{used.name}-limit", limit=write_span(used.limit))


def _read_test(used: FactUsed, sampled_at: datetime, arrived_at: datetime | None) -> Words:
    age = (arrived_at or sampled_at) - sampled_at
    if used.name is FactName.TEST_SHOWN:
        name = "test-shown" if used.limit is None else "test-shown-limit"
    else:
        name = "test-unfit" if used.limit is None or age <= used.limit else "test-unfit-limit"
    return say(
        "facts",
        name,
        sampled=f"{sampled_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        age=write_span(age),
        limit=write_span(used.limit or age),
    )


def write_span(span: timedelta) -> Words:
    """Return a span in days, hours, minutes and seconds, those that are none left out: `3 d 1 s`."""
    seconds = int(span.total_seconds())
    numbers = {
        "days": seconds // 86_400,
        "hours": seconds % 86_400 // 3600,
        "minutes": seconds % 3600 // 60,
        "seconds": seconds % 60,
    }
    parts = [say("spans", unit, number=number) for unit, number in numbers.items() if number]
    parts = parts or [say("spans", "minutes", number=0)]
    return {language: " ".join(part[language] for part in parts) for language in LANGUAGES}
