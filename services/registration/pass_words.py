"""The words in which a refusal to let somebody pass is read out, in both languages."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from services.registration.rules.movement.passage import Reason, Refusal
from shared.policy import Text
from shared.policy.measures import MeasuresFile
from shared.yaml_files import read_yaml

_CATALOGUE = Path(__file__).parent / "messages" / "passes.yaml"


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    return read_yaml(_CATALOGUE)


def words_of(reason: Reason, measures: MeasuresFile | None) -> Text:
    """Return a reason as an official reads it out, with what it rests on by its title."""
    what = next((title for id_, title in _titles(reason.refusal, measures) if id_ == reason.rests_on), None)
    what = what or Text(zh=reason.rests_on, en=reason.rests_on)
    sentence = _catalogue()[reason.refusal]
    return Text(zh=sentence["zh"].format(what=what.zh), en=sentence["en"].format(what=what.en))


def _titles(refusal: Refusal, measures: MeasuresFile | None) -> Iterable[tuple[str, Text]]:
    if measures is None:
        return []
    match refusal:
        case Refusal.CODE_NOT_GREEN:
            return [(one.id, one.title) for one in measures.stage_kinds]
        case Refusal.RESTRICTED:
            return [(one.id, one.title) for one in measures.restrictions]
        case Refusal.STAYS_AT_WORK:
            return [(one.id, one.title) for one in measures.occupations]
