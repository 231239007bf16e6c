"""Whatever bytes come, a reader of messages returns rows or refuses the whole, and nothing else."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.testing.wire.fhir_messages import read_fhir, write_outcome
from services.testing.wire.hl7_messages import read_hl7, write_acknowledgement
from services.testing.wire.messages import Reading, ReadMessage, UnreadableMessage, meaning_of
from shared.errors import FieldProblem
from tests.testing.results.laboratory_messages import a_bundle, a_report, an_hl7_message, an_order

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
READING = Reading(NOW, "key", None)
GOOD_HL7 = an_hl7_message(NOW, an_order(NOW), an_order(NOW)).encode()
GOOD_FHIR = json.dumps(a_bundle(*a_report(NOW))).encode()


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """A good message with some of its bytes changed, cut out, or put in."""
    body = bytearray(good)
    for _ in range(draw(st.integers(1, 12))):
        place = draw(st.integers(0, len(body) - 1))
        piece = draw(
            st.sampled_from([b"|", b"^", b"~", b"\\", b"&", b"\r", b"\n", b"\0", b"\xff", b'"', b"{", b"9"])
        )
        match draw(st.sampled_from(["change", "cut", "put"])):
            case "change":
                body[place : place + 1] = piece
            case "cut":
                del body[place : place + draw(st.integers(1, 20))]
            case _:
                body[place:place] = piece * draw(st.integers(1, 3))
        if not body:
            break
    return bytes(body)


def test_good_messages_are_read() -> None:
    assert len(read_hl7(GOOD_HL7, READING).rows) == 2
    (row,) = read_fhir(GOOD_FHIR, READING).rows
    assert row.result is not None


def _check(read: ReadMessage) -> None:
    for row in read.rows:
        assert (row.result is None) == bool(row.problems)


@given(mutated(GOOD_HL7) | st.binary(max_size=200))
def test_hl7_is_read_or_refused(body: bytes) -> None:
    refused: UnreadableMessage | None = None
    try:
        _check(read_hl7(body, READING))
    except UnreadableMessage as error:
        refused = error
    problems = [("OBX 1", FieldProblem("OBX-5", "is\rnone|of ours^"))]
    answer = write_acknowledgement(body, refused, problems, now="20210201170000+0800", message_id="1")
    lines = answer.decode().split("\r")
    assert lines[0].startswith("MSH|^~\\&|DUTYCLOCK|")
    assert len(lines[0].split("|")) == 18
    assert lines[1].startswith("MSA|A")


@settings(deadline=None)  # the first one waits until the models are imported
@given(mutated(GOOD_FHIR) | st.binary(max_size=200))
def test_fhir_is_read_or_refused(body: bytes) -> None:
    try:
        read = read_fhir(body, READING)
    except UnreadableMessage as error:
        answer = write_outcome(error, (), stored=0, duplicate=0)
    else:
        _check(read)
        problems = [(row.place, problem) for row in read.rows for problem in row.problems]
        answer = write_outcome(None, problems, stored=1, duplicate=0)
    assert json.loads(answer)["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("kind", "words", "meaning"),
    [
        ("results", ["", None, " Detected "], "positive"),
        ("results", ["17.3", "260415000"], "negative"),
        ("results", ["可疑"], "inconclusive"),
        ("results", ["?"], None),
        ("methods", ["94558-4"], "antigen"),
        ("methods", ["新冠核酸"], "pcr"),
        ("methods", [], None),
    ],
)
def test_codes_mean_what_the_table_says(kind: str, words: list[str | None], meaning: str | None) -> None:
    assert meaning_of(kind, words) == meaning
