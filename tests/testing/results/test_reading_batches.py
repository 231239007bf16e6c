"""The quick way of reading a batch takes nothing that pydantic would not, and takes it alike."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.storage.results import NewResult
from services.testing.wire.result_batches import read_quickly, read_results, write_receipt
from services.testing.wire.results import ResultRow, ResultRowReceipt
from shared.batches import read_rows
from shared.errors import TooLarge
from shared.strict_json import JSON, NDJSON
from shared.verdicts import BatchReceipt, RowVerdict, Verdict
from tests.builders import a_result

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)

CODES = [
    "T-1",
    "a",
    "x" * 64,
    "x" * 65,
    "",
    "-a",
    "a b",
    "试管",
    "a\nb",
    "T-1\n",
    "tube_code",
    '"',
    "a\\b",
    7,
]
INSTANTS = [
    "2021-02-01T09:00:00Z",
    "2021-02-01T17:00:00+08:00",
    "2021-02-01t09:00:00z",
    "2021-02-01 09:00:00Z",
    "2021-02-01T09:00:00",
    "2021-02-01T09:00:00.123456789Z",
    "2021-02-01T09:00:00.1Z",
    "2021-02-01T09:00Z",
    "20210201T090000Z",
    "2021-02-30T09:00:00Z",
    "2021-02-01T24:00:00Z",
    "2021-02-01T23:59:60Z",
    "2021-02-01T09:00:00+24:00",
    "2021-02-01T09:00:00+08:60",
    "0001-01-01T00:00:00+08:00",
    "1999-12-31T23:59:59.999999+08:00",
    "2000-01-01T00:00:00+08:00",
    "9999-12-31T23:59:59-08:00",
    "٢٠٢١-02-01T09:00:00Z",
    1612170000,
    None,
]
FIELDS: dict[str, list[Any]] = {
    "tube_code": CODES,
    "institution": CODES,
    "division": ["500104102001", "500104", "000104", "5001041", "500104102001\n", "٥00104", 500104],
    "method": ["pcr", "antigen", "PCR", "", None],
    "result": ["positive", "negative", "inconclusive", "Positive", None],
    "sampled_at": INSTANTS,
    "resulted_at": INSTANTS,
    "recorded_at": INSTANTS,
    "person_id": [
        str(UUID(int=7)),
        UUID(int=7).hex,
        f"{{{UUID(int=7)}}}",
        UUID(int=7).urn,
        str(UUID(int=0xABC)).upper(),
        "x",
        None,
    ],
    "pool_size": [1, 20, 0, 21, -1, 2.0, 2.5, True, "5", 10**30, None],
    "note": ["x"],
}


@st.composite
def rows(draw: st.DrawFn) -> str:
    """A row as JSON text: mostly good, some fields odd, missing, or there twice."""
    good = a_result(NOW)
    fields = [(name, json.dumps(value, ensure_ascii=draw(st.booleans()))) for name, value in good.items()]
    for name in draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=2)):
        odd = json.dumps(draw(st.sampled_from(FIELDS[name])), ensure_ascii=draw(st.booleans()))
        if draw(st.booleans()):
            fields = [(known, text) for known, text in fields if known != name]
        fields.insert(draw(st.integers(0, len(fields))), (name, odd))
    colon = draw(st.sampled_from([":", ": ", "\t:\t"]))
    return "{" + ", ".join(f'"{name}"{colon}{text}' for name, text in fields) + "}"


def read_by_pydantic(body: bytes, media: str) -> tuple[list[NewResult], dict[int, Any]]:
    read = read_rows(body, media, ResultRow)
    return (
        [NewResult(one.row.facts(), one.row.recorded_at or NOW, "key") for one in read if one.row],
        {one.index: one.problems for one in read if not one.row},
    )


@given(st.lists(rows(), min_size=1, max_size=4), st.sampled_from([JSON, NDJSON]))
def test_a_batch_reads_alike_either_way(texts: list[str], media: str) -> None:
    body = ("\n\n".join(texts) if media == NDJSON else f"[{', '.join(texts)}]").encode()
    batch = read_results(body, media, now=NOW, received_from="key")
    assert (list(batch.results), dict(batch.unread)) == read_by_pydantic(body, media)
    for result in batch.results:
        assert result.facts.sampled_at.tzinfo is UTC


@pytest.mark.parametrize("media", [JSON, NDJSON])
@pytest.mark.parametrize(("more", "is_quick"), [({}, True), ({"note": "x"}, False)])
def test_good_batches_take_the_quick_way(media: str, more: dict[str, str], is_quick: bool) -> None:
    rows = [a_result(NOW, person_id=str(UUID(int=7)), recorded_at=None, **more) for _ in range(3)]
    texts = [json.dumps(row) for row in rows]
    body = ("\n".join(texts) if media == NDJSON else f"[{','.join(texts)}]").encode()
    assert (read_quickly(body, media, NOW, "key") is not None) is is_quick


@pytest.mark.parametrize("broken", [b"[1]", b'{"a":1}\n', b"[[]]", b"[" * 100_000, b"\xff", b"[{}]x"])
@pytest.mark.parametrize("media", [JSON, NDJSON])
def test_what_is_no_batch_fares_as_with_pydantic(broken: bytes, media: str) -> None:
    try:
        expected: Any = read_by_pydantic(broken, media)
    except Exception as error:
        with pytest.raises(type(error)):
            read_results(broken, media, now=NOW, received_from="key")
    else:
        batch = read_results(broken, media, now=NOW, received_from="key")
        assert (list(batch.results), dict(batch.unread)) == expected


@pytest.mark.parametrize("odd", [False, True])
def test_too_many_rows_are_told_what_to_do(odd: bool) -> None:
    text = json.dumps(a_result(NOW, **({"note": "x"} if odd else {})))
    with pytest.raises(TooLarge, match=r"10001 rows.*10,000 results at a time.*/v1/results/stream"):
        read_results(f"{text}\n".encode() * 10_001, NDJSON, now=NOW, received_from="key")


def test_a_receipt_is_what_its_model_describes() -> None:
    texts = [json.dumps(a_result(NOW)), "{}", json.dumps(a_result(NOW - timedelta(hours=1)))]
    batch = read_results("\n".join(texts).encode(), NDJSON, now=NOW, received_from="key")
    first, second = (result.facts for result in batch.results)
    verdicts = [
        RowVerdict(Verdict.STORED, first.sample_id),
        RowVerdict(Verdict.REFUSED, None, batch.unread[1][:1]),
    ]
    receipt = BatchReceipt[ResultRowReceipt].model_validate_json(write_receipt(batch, verdicts))
    assert (receipt.stored, receipt.duplicate, receipt.refused) == (1, 0, 2)
    assert [(row.index, row.verdict, row.tube_code, row.sample_id) for row in receipt.rows] == [
        (0, "stored", first.tube_code, first.sample_id),
        (1, "refused", None, None),
        (2, "refused", second.tube_code, None),
    ]
    assert len(receipt.rows[1].problems) == len(batch.unread[1])
