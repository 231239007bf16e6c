"""What travels over the HTTP door of the chain's steps."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.testing.rules.tubes.chain import Step, StepKind, StepTold
from services.testing.wire.results import Code
from shared.divisions import DivisionCode
from shared.instants import WireInstant
from shared.strict_json import WireModel
from shared.verdicts import RowReceipt, Verdict

Temperature = Annotated[float, Field(ge=-100, le=60)]


class StepBody(WireModel):
    """One step of a tube, or of all that is in a box 流转环节; late, twice and out of order is taken."""

    step_id: UUID | None = None
    """The client's own id for it; without one it follows from what is said."""
    kind: StepKind
    at: WireInstant
    tube_code: Code | None = None
    box: Code | None = None
    """The box that the tube is put into; or, without a tube, that of which all tubes are meant."""
    division: DivisionCode
    """Where it happened."""
    place: Code | None = None
    """The sampling point or room, by its code."""
    institution: Code | None = None
    """Whose step it is; required for what a laboratory does."""
    plate: Code | None = None
    well: Code | None = None
    temperature_celsius: Temperature | None = None
    recorded_at: WireInstant | None = None

    def told(self, *, now: datetime, received_from: str, reach: str) -> StepTold:
        """Return the step as the rules see it; `reach` is the division of the key."""
        step = Step(
            kind=self.kind,
            at=self.at,
            tube_code=self.tube_code,
            box=self.box,
            division=self.division,
            place=self.place,
            institution=self.institution,
            plate=self.plate,
            well=self.well,
            temperature_celsius=(
                None if self.temperature_celsius is None else round(self.temperature_celsius, 2)
            ),
            given_id=self.step_id,
        )
        return StepTold(step, self.recorded_at or now, now, received_from, reach)


class StepReceipt(BaseModel):
    """What became of one step."""

    step_id: UUID
    verdict: Verdict
    is_of_known_tube: bool
    """False while no sampling point has told of its tube; the step waits for it."""


class StepRowReceipt(RowReceipt):
    """What became of one step of a batch."""

    step_id: UUID | None = None
    is_of_known_tube: bool | None = None
