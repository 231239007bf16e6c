"""Look at all that is known about tubes: steps, results and members, each joined with the tube it is of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.testing.rules.due.sampling_point import named_elsewhere
from services.testing.rules.tubes.admission import OtherTube
from services.testing.rules.tubes.chain import (
    EARLY,
    Chain,
    StepKind,
    StepTold,
    chain_of,
    distinct,
    is_in_box,
    place_of,
    tube_of_step,
)
from services.testing.rules.tubes.holder import ResultSeen, holder_of, last_opened_elsewhere, results_by_tube
from services.testing.storage import sampling_points, tube_steps, tubes
from services.testing.storage.tubes import SampleRow, TubeRow
from shared.divisions import contains
from shared.instants import FUTURE_TOLERANCE
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class FoundTube:
    """A tube with all that is known about it."""

    row: TubeRow
    results: Sequence[ResultSeen]
    holder: ResultSeen | None
    chain: Chain
    samples: Sequence[SampleRow]
    was_early: bool
    is_of_other_point: bool
    """Whether the sampling point that it names is another division's."""
    is_named_elsewhere: bool
    """Whether a result has its code and states another division; it is none of this tube's."""


async def look_at_tubes(connection: Connection, rows: Sequence[TubeRow]) -> list[FoundTube]:
    """Return the tubes with all that is known about them; members only where there is news for them."""
    codes = sorted({row.head.code for row in rows})
    others = await tubes.tubes_of_codes(connection, codes)
    results = await tubes.results_of_codes(connection, codes)
    every_tube = [other.known for code in codes for other in others[code]]
    of_tube = results_by_tube(results, every_tube)
    taken = {seen.sample_id for seen_of_tube in of_tube.values() for seen in seen_of_tube}
    steps = await steps_of_tubes(connection, rows, others)
    holders = {row.head.tube_id: holder_of(of_tube.get(row.head.tube_id, ())) for row in rows}
    concerned = [row for row in rows if has_news(row, holders[row.head.tube_id])]
    samples = await tubes.samples_of(connection, concerned)
    elsewhere = await points_elsewhere(connection, rows, steps)
    loose = [seen for seen in results if seen.sample_id not in taken]
    early = {(seen.tube_code, seen.division): seen for seen in loose}
    return [
        FoundTube(
            row=row,
            results=of_tube.get(row.head.tube_id, ()),
            holder=(holder := holders[row.head.tube_id]),
            chain=chain_of(
                row.head.opened_at,
                holder.first_resulted_at if holder else None,
                steps.get(row.head.tube_id, ()),
                elsewhere,
            ),
            samples=samples.get(row.head.tube_id, ()),
            was_early=any(_is_too_early(seen, row) for seen in early.values()),
            is_of_other_point=(row.head.point, row.head.division) in elsewhere,
            is_named_elsewhere=any(_is_stated_elsewhere(seen, row) for seen in loose),
        )
        for row in rows
    ]


async def points_elsewhere(
    connection: Connection, rows: Sequence[TubeRow], steps: Mapping[UUID, Sequence[StepTold]]
) -> frozenset[tuple[str, str]]:
    """Return the points of other divisions that tubes or their steps name, each with where it is named."""
    named = {(row.head.point, row.head.division) for row in rows if row.head.point is not None}
    for told in steps.values():
        named |= {place for one in told if (place := place_of(one.step)) is not None}
    if not named:
        return frozenset()
    divisions = await sampling_points.divisions_of(connection, {code for code, _ in named})
    return named_elsewhere(named, divisions)


def _is_too_early(seen: ResultSeen, row: TubeRow) -> bool:
    return (
        seen.tube_code == row.head.code
        and seen.division[:6] == row.head.division[:6]
        and seen.first_resulted_at + FUTURE_TOLERANCE < row.head.opened_at
    )


def _is_stated_elsewhere(seen: ResultSeen, row: TubeRow) -> bool:
    return (
        seen.tube_code == row.head.code
        and last_opened_elsewhere([row.known], seen.division, seen.first_resulted_at) is not None
    )


def has_news(row: TubeRow, holder: ResultSeen | None) -> bool:
    """Tell whether another result holds than was told, or somebody has not been told of it."""
    if holder is None:
        return False
    told = (row.told.result_sample_id, row.told.result, row.result_revision, row.told.members)
    return told != (holder.sample_id, holder.result, holder.revision, row.members)


async def steps_of_tubes(
    connection: Connection, rows: Sequence[TubeRow], others: Mapping[str, Sequence[OtherTube]]
) -> Mapping[UUID, list[StepTold]]:
    """Return the steps of tubes, those of the boxes that they were in included."""
    if not rows:
        return {}
    since = min(row.head.opened_at for row in rows) - EARLY
    codes = sorted({row.head.code for row in rows})
    told = await tube_steps.steps_of_codes(connection, codes, since)
    found: defaultdict[UUID, list[StepTold]] = defaultdict(list)
    wanted = {row.head.tube_id: row for row in rows}
    for one in told:
        code = one.step.tube_code or ""
        tube = tube_of_step(one, [other.known for other in others.get(code, ())])
        if tube is not None and tube.tube_id in wanted:
            found[tube.tube_id].append(one)
    boxed = {
        tube_id: [one for one in steps if one.step.kind is StepKind.BOXED] for tube_id, steps in found.items()
    }
    of_box: defaultdict[str | None, list[StepTold]] = defaultdict(list)
    puts = [one for steps in boxed.values() for one in steps]
    for one in await tube_steps.steps_of_boxes(connection, puts):
        of_box[one.step.box].append(one)
    for tube_id, puts in boxed.items():
        division = wanted[tube_id].head.division
        found[tube_id] += distinct(
            [
                one
                for put in puts
                for one in of_box[put.step.box]
                if is_in_box(put, one) and contains(one.reach, division)
            ]
        )
    return found
