"""The rows of the chain: steps of tubes and of boxes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.testing.rules.tubes.chain import IN_A_BOX, Step, StepKind, StepTold
from shared.postgres import Connection, Queries, Record

QUERIES = Queries.load(Path(__file__).parent.parent / "queries" / "tube_steps.sql")

StepKey = tuple[UUID, datetime]
"""What a step is known by: its id and when it happened."""


@dataclass(frozen=True, slots=True)
class TubeOfCode:
    """As much of a tube as a scanned code leads to."""

    code: str
    division: str


_KINDS: Mapping[str, StepKind] = {kind.value: kind for kind in StepKind}


def key_of(told: StepTold) -> StepKey:
    """Return what a step is known by."""
    return (told.step.step_id, told.step.at)


def _step(row: Record) -> StepTold:
    temperature = row["temperature_celsius"]
    step = Step(
        kind=_KINDS[row["kind"]],
        at=row["at"],
        tube_code=row["tube_code"],
        box=row["box"],
        division=row["division"],
        place=row["place"],
        institution=row["institution"],
        plate=row["plate"],
        well=row["well"],
        temperature_celsius=None if temperature is None else round(temperature, 2),
        given_id=row["step_id"],
    )
    return StepTold(step, row["recorded_at"], row["received_at"], row["received_from"], row["reach"])


async def insert_steps(connection: Connection, told: Sequence[StepTold]) -> set[StepKey]:
    """Store steps, no id and time twice among them, and return which were new."""
    ordered = sorted(told, key=key_of)
    steps = [one.step for one in ordered]
    rows = await QUERIES.fetch(
        connection,
        "insert_steps",
        step_ids=[step.step_id for step in steps],
        kinds=[step.kind for step in steps],
        tube_codes=[step.tube_code for step in steps],
        boxes=[step.box for step in steps],
        ats=[step.at for step in steps],
        recorded_ats=[one.recorded_at for one in ordered],
        received_ats=[one.received_at for one in ordered],
        received_froms=[one.received_from for one in ordered],
        reaches=[one.reach for one in ordered],
        divisions=[step.division for step in steps],
        places=[step.place for step in steps],
        institutions=[step.institution for step in steps],
        plates=[step.plate for step in steps],
        wells=[step.well for step in steps],
        temperatures=[step.temperature_celsius for step in steps],
    )
    return {(row["step_id"], row["at"]) for row in rows}


async def steps_on_record(connection: Connection, keys: Sequence[StepKey]) -> dict[StepKey, StepTold]:
    """Return the steps that are known by these ids and times."""
    rows = await QUERIES.fetch(
        connection, "steps_on_record", step_ids=[key[0] for key in keys], ats=[key[1] for key in keys]
    )
    return {(row["step_id"], row["at"]): _step(row) for row in rows}


async def steps_of_codes(connection: Connection, codes: Sequence[str], since: datetime) -> Sequence[StepTold]:
    """Return the steps of the codes from an instant on, those of whole boxes left out."""
    rows = await QUERIES.fetch(connection, "steps_of_codes", codes=list(codes), since=since)
    return [_step(row) for row in rows]


async def steps_of_boxes(connection: Connection, boxed: Iterable[StepTold]) -> Sequence[StepTold]:
    """Return what happened to the boxes that tubes were put into, from then on and as long as it counts."""
    put = [(one.step.box, one.step.at) for one in boxed if one.step.box is not None]
    if not put:
        return []
    instants = [at for _, at in put]
    rows = await QUERIES.fetch(
        connection,
        "steps_of_boxes",
        boxes=sorted({box for box, _ in put}),
        since=min(instants),
        until=max(instants) + IN_A_BOX,
    )
    return [_step(row) for row in rows]


async def codes_in_boxes(connection: Connection, boxes: Sequence[tuple[str, datetime]]) -> set[str]:
    """Return the codes of the tubes that were in boxes at these moments."""
    rows = await QUERIES.fetch(
        connection,
        "codes_in_boxes",
        boxes=[box for box, _ in boxes],
        ats=[at for _, at in boxes],
        kept=IN_A_BOX,
    )
    return {row["tube_code"] for row in rows}


async def tubes_that_had(connection: Connection, codes: Iterable[str]) -> dict[UUID, TubeOfCode]:
    """Return all tubes that ever had one of the codes, by id."""
    wanted = sorted(codes)
    if not wanted:
        return {}
    rows = await QUERIES.fetch(connection, "tubes_that_had", codes=wanted)
    return {row["tube_id"]: TubeOfCode(row["code"], row["division"]) for row in rows}
