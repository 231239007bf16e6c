"""What the files of a whole population say."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import AwareDatetime, BeforeValidator, Field, TypeAdapter, ValidationError

from drills.happenings import DrillModel
from drills.messages import say
from drills.reading import ScenarioError, ScenarioProblem
from dutyclock.terminal import Sentence
from shared.divisions import DivisionCode
from shared.policy.documents import read_document, write_path
from shared.policy.values import Identifier, Text

Positive = Annotated[int, Field(ge=1)]


def _number(value: Any) -> Any:
    """Values of these files are text until a model says what they are; a choice of numbers does not."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


PoolSize = Annotated[Literal[5, 10, 20], BeforeValidator(_number)]


class LaboratoryOfDrill(DrillModel):
    """The laboratory that tests everything."""

    code: str
    division: DivisionCode
    extraction_per_day: Positive
    pcr_per_day: Positive


class Standstill(DrillModel):
    """Hours of the campaign in which no result comes out."""

    from_hour: Positive
    until_hour: Positive


class ExpectedOfTown(DrillModel):
    """What must come of it."""

    feasible: bool
    crossings: Annotated[int, Field(ge=0)]


class WholeTown(DrillModel):
    """A town that tests everybody, played on a fast clock."""

    kind: Literal["whole-town"]
    id: Identifier
    title: Text
    division: DivisionCode
    target: Identifier
    starts_at: AwareDatetime
    rate: Annotated[float, Field(ge=1, le=5_000)]
    people_per_village: Positive
    people_per_building: Positive
    stay_away_every: Annotated[int, Field(ge=2)]
    pool_size: PoolSize
    sampling_hours: Annotated[int, Field(ge=1, le=12)]
    arrives_after_minutes: Positive
    result_after_minutes: Positive
    positive_tube_every: Positive
    laboratory: LaboratoryOfDrill
    standstill: Standstill
    expects: ExpectedOfTown

    @property
    def arrives_after(self) -> timedelta:
        """From the opening of a tube to its receipt."""
        return timedelta(minutes=self.arrives_after_minutes)

    @property
    def result_after(self) -> timedelta:
        """From the opening of a tube to its result, outside of a standstill."""
        return timedelta(minutes=self.result_after_minutes)


class WholeMunicipality(DrillModel):
    """A municipality's load, told to the real doors."""

    kind: Literal["whole-municipality"]
    id: Identifier
    title: Text
    division: DivisionCode
    people: Positive
    days: Positive
    peak_factor: Annotated[float, Field(ge=1)]
    pool_size: PoolSize
    steps_per_tube: Annotated[int, Field(ge=1, le=6)]
    tubes_per_call: Annotated[int, Field(ge=1, le=1_000)]
    callers: Annotated[int, Field(ge=1, le=16)]
    minutes: Annotated[float, Field(gt=0, le=600)]

    @property
    def peak_tubes_per_second(self) -> float:
        """What the busiest hour asks for."""
        return self.people / self.pool_size / (self.days * 86_400) * self.peak_factor


Whole = Annotated[WholeTown | WholeMunicipality, Field(discriminator="kind")]
_WHOLE: TypeAdapter[Any] = TypeAdapter(Whole)


def is_whole(path: Path) -> bool:
    """Tell whether a file is about a whole population."""
    data = read_document(path).data
    return isinstance(data, dict) and "kind" in data


def read_whole(path: Path) -> WholeTown | WholeMunicipality:
    """Return what a file says; raises ScenarioError naming file, line, field and reason."""
    document = read_document(path)
    found = [
        ScenarioProblem(one.place, one.path, Sentence(one.reason_zh, one.reason)) for one in document.problems
    ]
    if not found:
        try:
            return cast("WholeTown | WholeMunicipality", _WHOLE.validate_python(document.data))
        except ValidationError as error:
            found = [
                ScenarioProblem(
                    f"{document.file}:{document.line_of(one['loc'][1:])}",
                    write_path(one["loc"][1:]),
                    say("field-refused", reason=one["msg"]),
                )
                for one in error.errors(include_url=False, include_input=False, include_context=False)
            ]
    raise ScenarioError(found)
