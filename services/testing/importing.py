"""Messages of laboratories: kept as they came, then read, judged and stored, row by row.

Store first, then judge: what cannot be understood is on record with its reason, and judged anew on demand
once its cause is mended. All of it may be done twice without harm.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.testing.actions.results.correct_known import correct_known
from services.testing.actions.results.keep_message import keep_message, note_judgement
from services.testing.actions.results.receive_batch import receive_batch
from services.testing.service import Testing
from services.testing.storage.messages import Format, Judgement, MessageRecord, Outcome
from services.testing.wire.fhir_messages import read_fhir
from services.testing.wire.hl7_messages import read_hl7
from services.testing.wire.messages import MessageRow, Reader, Reading, UnreadableMessage
from shared.access import Principal
from shared.contracts import derived_id
from shared.divisions import contains, subtree_bounds
from shared.errors import Conflict, FieldProblem
from shared.sealing import Sealer
from shared.verdicts import RowVerdict, Verdict

MESSAGE_PURPOSE = "inbound-message"
READERS: Mapping[Format, Reader] = {Format.HL7: read_hl7, Format.FHIR: read_fhir}
MOST_PROBLEMS_KEPT = 100


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """What became of a message: it was refused as a whole, or each of its results has a verdict."""

    id: UUID
    refused: UnreadableMessage | None
    problems: Sequence[tuple[str, FieldProblem]]
    """Of results that were refused, each with its place in the message."""
    remarks: Sequence[tuple[str, FieldProblem]]
    """Of results that are on record otherwise than they were stated, with their places."""
    judgement: Judgement


async def take_message(
    testing: Testing, principal: Principal, format_: Format, body: bytes, sampled_in: str | None
) -> TakenMessage:
    """Keep a message and judge it; raises Unavailable only, after which it may be sent again."""
    digest = hashlib.sha256(body).hexdigest()
    message = MessageRecord(
        id=derived_id("inbound-message", principal.id, format_, sampled_in or "", digest),
        format=format_,
        received_from=principal.id,
        division=principal.division,
        sampled_in=sampled_in,
        received_at=testing.clock.now(),
        body_sealed=seal_body(testing.sealer, body),
    )
    await keep_message(testing.database, message)
    return await _judge(testing, message, body)


async def judge_again(testing: Testing, message: MessageRecord) -> TakenMessage:
    """Judge a message anew that is on record; raises Conflict when what it said is kept no more."""
    if message.body_sealed is None:
        raise Conflict("What this message said is not kept any more; let it be sent again.")
    opened = testing.sealer.open(message.body_sealed, purpose=MESSAGE_PURPOSE)
    return await _judge(testing, message, opened.encode("latin-1"))


def seal_body(sealer: Sealer, body: bytes) -> bytes:
    """Return a message as it is kept: any bytes at all, which as Latin-1 are a text."""
    return sealer.seal(body.decode("latin-1"), purpose=MESSAGE_PURPOSE)


async def _judge(testing: Testing, message: MessageRecord, body: bytes) -> TakenMessage:
    now = testing.clock.now()
    reading = Reading(now, message.received_from, message.sampled_in)
    try:
        read = await asyncio.to_thread(READERS[message.format], body, reading)
    except UnreadableMessage as refused:
        judgement = Judgement(
            Outcome.REFUSED, refused.control_id, refused.detail, refused.problems[:MOST_PROBLEMS_KEPT]
        )
        taken = TakenMessage(message.id, refused, (), (), judgement)
    else:
        verdicts = await _store(testing, message, read.rows)
        taken = _taken(message.id, read.control_id, read.rows, verdicts)
    await note_judgement(testing.database, message.id, taken.judgement, now=now)
    return taken


async def _store(
    testing: Testing, message: MessageRecord, rows: Sequence[MessageRow]
) -> Sequence[RowVerdict]:
    """Return a verdict for each row that could be read, in their order."""
    now = testing.clock.now()
    readable = [(row, row.result) for row in rows if row.result is not None]
    verdicts = await receive_batch(
        testing.database,
        [result for _, result in readable],
        registers=testing.registers,
        reaches=lambda division: contains(message.division, division),
        wake=testing.wake,
        now=now,
    )
    bounds = subtree_bounds(message.division)
    for place, (row, result) in enumerate(readable):
        known = verdicts[place].verdict is Verdict.REFUSED and verdicts[place].id is not None
        if row.is_correction and known:
            verdicts[place] = await correct_known(testing.database, result, bounds=bounds, now=now)
            testing.wake()
    testing.metrics.count_rows(
        (result.facts.result, verdict.verdict)
        for (_, result), verdict in zip(readable, verdicts, strict=True)
    )
    return verdicts


def _taken(
    message_id: UUID, control_id: str | None, rows: Sequence[MessageRow], verdicts: Sequence[RowVerdict]
) -> TakenMessage:
    judged = iter(verdicts)
    problems: list[tuple[str, FieldProblem]] = []
    remarks: list[tuple[str, FieldProblem]] = []
    counts = dict.fromkeys(Verdict, 0)
    for row in rows:
        verdict = RowVerdict(Verdict.REFUSED, None, row.problems) if row.result is None else next(judged)
        counts[verdict.verdict] += 1
        said = problems if verdict.verdict is Verdict.REFUSED else remarks
        said += [(row.place, problem) for problem in verdict.problems]
    refused = counts[Verdict.REFUSED]
    outcome = Outcome.TAKEN if not refused else Outcome.PARTLY_TAKEN
    judgement = Judgement(
        Outcome.REFUSED if refused == len(rows) else outcome,
        control_id,
        f"{refused} of {len(rows)} results were refused" if refused else None,
        tuple(
            replace(problem, field=f"{place} {problem.field}".strip())
            for place, problem in [*problems, *remarks][:MOST_PROBLEMS_KEPT]
        ),
        counts[Verdict.STORED],
        counts[Verdict.DUPLICATE],
        refused,
    )
    return TakenMessage(message_id, None, problems, remarks, judgement)
