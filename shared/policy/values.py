"""The small values that a policy is written in: names, durations, wall times, shares, bilingual texts."""

import re
from datetime import time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic.json_schema import WithJsonSchema
from pydantic_core import PydanticCustomError

DURATION_PATTERN = r"^P(?!$)(\d+W)?(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+S)?)?$"
WALL_TIME_PATTERN = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$"
LONGEST = timedelta(days=366)

_DURATION = re.compile(
    r"(?P<minus>-?)P(?=[\dT])(?:(?P<weeks>\d{1,9})W)?(?:(?P<days>\d{1,9})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,9})S)?)?",
    re.ASCII,
)
_WALL_TIME = re.compile(WALL_TIME_PATTERN, re.ASCII)


class PolicyModel(BaseModel):
    """What all parts of a policy share: frozen, and no field that is not known."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True, use_attribute_docstrings=True
    )


def _read_duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("duration_form", "is no ISO 8601 duration such as PT2H, PT45M or P7D")
    parts = {unit: int(match[unit] or 0) for unit in ("weeks", "days", "hours", "minutes", "seconds")}
    try:
        duration = timedelta(**parts)
    except OverflowError:
        duration = timedelta.max
    if match["minus"] or duration <= timedelta():
        raise PydanticCustomError("duration_not_positive", "must be longer than zero")
    if duration > LONGEST:
        raise PydanticCustomError("duration_too_long", "is longer than 366 days")
    return duration


def write_duration(duration: timedelta) -> str:
    """Return a duration of whole seconds as ISO 8601, in hours rather than days below two days: `PT24H`."""
    seconds = int(duration.total_seconds())
    days, rest = divmod(seconds, 86_400) if seconds >= 2 * 86_400 else (0, seconds)
    parts = [(rest // 3600, "H"), (rest % 3600 // 60, "M"), (rest % 60, "S")]
    clock = "".join(f"{number}{unit}" for number, unit in parts if number)
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")


def _read_wall_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or _WALL_TIME.fullmatch(value) is None:
        raise PydanticCustomError("wall_time_form", 'is no wall time such as "17:00"')
    return time.fromisoformat(value)


def write_wall_time(at: time) -> str:
    """Return a wall time as `17:00`, with seconds only where there are any."""
    return at.isoformat("seconds" if at.second else "minutes")


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64),
    Field(description="A stable name in small letters, digits and hyphens"),
]

Duration = Annotated[
    timedelta,
    BeforeValidator(_read_duration),
    PlainSerializer(write_duration, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": DURATION_PATTERN,
            "description": "ISO 8601, longer than zero: PT2H, P7D",
        }
    ),
]

WallTime = Annotated[
    time,
    BeforeValidator(_read_wall_time),
    PlainSerializer(write_wall_time, return_type=str, when_used="json"),
    WithJsonSchema(
        {"type": "string", "pattern": WALL_TIME_PATTERN, "description": 'Asia/Shanghai, in quotes: "17:00"'}
    ),
]

Share = Annotated[
    float, Field(gt=0, lt=1, allow_inf_nan=False, description="A share of the time, between 0 and 1")
]

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]

SubjectKey = Annotated[
    tuple[FieldName, ...],
    BeforeValidator(_one_or_many),
    Field(min_length=1),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": "The event's field or fields that give the subject; several are joined with ':'",
        }
    ),
]

Line = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class Text(PolicyModel):
    """A text for people: Chinese first, English beside it."""

    zh: Line
    en: Line
