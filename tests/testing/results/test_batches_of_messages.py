"""HL7 in batches: taken apart whatever the bytes, a verdict for each message, an answer of the same shape."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.testing.wire.hl7_batches import MOST_MESSAGES, split_file, write_file_acknowledgement
from tests.builders import JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.testing.results.laboratory_messages import an_hl7_message, an_order

NOW = datetime(2021, 2, 1, 9, 0, tzinfo=UTC)
FHS = "FHS|^~\\&|LIS|500104-cdc|DUTYCLOCK||||file.hl7||FILE-1\r"
BHS = "BHS|^~\\&|LIS|500104-cdc|DUTYCLOCK||20210201085800+0800||||BATCH-1\r"
HL7 = {"content-type": "application/hl7-v2"}


def a_batch(*messages: str, said: object = None) -> str:
    return BHS + "".join(messages) + f"BTS|{len(messages) if said is None else said}\r"


def messages_in(body: str | bytes) -> list[list[bytes]] | None:
    file = split_file(body if isinstance(body, bytes) else body.encode())
    return None if file is None else [batch.messages for batch in file.batches]


@pytest.mark.parametrize("newline", ["\r", "\n", "\r\n", "\r\n\r\n"])
def test_a_file_is_taken_apart_at_its_lines(newline: str) -> None:
    one, two, three = (an_hl7_message(NOW) for _ in range(3))
    body = FHS + a_batch(one, two) + a_batch(three) + "FTS|2\r"
    expected = [[one.encode(), two.encode()], [three.encode()]]
    assert messages_in(body.replace("\r", newline)) == expected
    assert messages_in(f"\x0b{body}\x1c\r") == expected
    assert messages_in(body.removeprefix(FHS).removesuffix("FTS|2\r")) == expected
    assert messages_in(one + two) == [[one.encode(), two.encode()]], "no heads at all"
    assert messages_in(one) is None
    assert messages_in("") is None
    assert messages_in("PID|1\r") is None


def test_what_stands_outside_of_messages_is_answered_too() -> None:
    one = an_hl7_message(NOW)
    assert messages_in(f"{BHS}OBX|1\rPID|1\r{one}BTS|1\rNTE|1\r") == [
        [b"OBX|1\rPID|1\r", one.encode()],
        [b"NTE|1\r"],
    ]


def test_a_message_in_another_character_set_is_left_as_it_is() -> None:
    other = an_hl7_message(NOW, characters="GB 18030-2000").encode("gb18030")
    assert messages_in(BHS.encode() + other + b"BTS|1\r") == [[other]]


@pytest.mark.parametrize(
    ("body", "trailer"),
    [
        (a_batch("MSH|1\r", "MSH|2\r"), "BTS|2"),
        (a_batch("MSH|1\r", said=3), "BTS|1|BTS-1 says 3 messages, 1 arrived"),
        (a_batch("MSH|1\r", said=""), "BTS|1"),
        (f"{BHS}MSH|1\r", "BTS|1|ends without BTS: what was to follow did not arrive"),
        (a_batch(), "BTS|0"),
    ],
)
def test_a_batch_says_what_it_lacks(body: str, trailer: str) -> None:
    file = split_file(body.encode())
    assert file is not None
    acks = [[b"ACK\r" for _ in batch.messages] for batch in file.batches]
    answer = write_file_acknowledgement(file, acks, now="20210201170000+0800").decode().split("\r")
    assert answer[0] == "BHS|^~\\&|DUTYCLOCK||LIS|500104-cdc|20210201170000+0800|||||BATCH-1"
    assert answer[-2:] == [trailer, ""]


def test_a_file_is_answered_by_a_file() -> None:
    file = split_file((FHS + a_batch("MSH|1\r") + "FTS|1\r").encode())
    assert file is not None
    answer = write_file_acknowledgement(file, [[b"ACK\r"]], now="20210201170000+0800").decode().split("\r")
    assert [line[:5] for line in answer] == ["FHS|^", "BHS|^", "ACK", "BTS|1", "FTS|1", ""]
    assert answer[0].endswith("|FILE-1")


LINES = ["FHS|x", "BHS", "BHS|^~\\&|a", "BTS|7", "BTS", "FTS", "MSH|^~\\&|x", "PID", "\x0b", ""]


@given(st.lists(st.sampled_from(LINES)))
def test_whatever_stands_in_a_file_every_line_of_a_message_is_in_one(lines: list[str]) -> None:
    file = split_file("\r".join(lines).encode())
    if file is None:
        return
    kept = [
        line for batch in file.batches for one in batch.messages for line in one.decode().split("\r") if line
    ]
    assert kept == [line for line in lines if line[:3] in ("MSH", "PID")]
    answer = write_file_acknowledgement(
        file, [[b"ACK\r"] * len(batch.messages) for batch in file.batches], now="20210201170000+0800"
    )
    assert answer.count(b"ACK\r") == file.count()


@pytest.fixture
async def laboratory(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    service = await start_service("testing")
    key = await a_key(database_url, JIANSHENG, "results:write", "results:read")
    headers = {"x-api-key": key, **HL7}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, timeout=60) as client:
        yield client
    assert '"level":"error"' not in service.output()


@pytest.mark.system
async def test_each_message_of_a_batch_is_kept_judged_and_acknowledged(laboratory: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    good = an_hl7_message(now, control="M-1")
    foreign = an_hl7_message(now, control="M-2", type="ADT^A01")
    partly = an_hl7_message(now, an_order(now), an_order(now, division=OUTSIDE), control="M-3")
    chinese = an_hl7_message(now, control="M-4", characters="GB 18030-2000").encode("gb18030")
    heads = (FHS + BHS).encode()
    body = heads + (good + foreign + "OBX|lost\r" + partly).encode() + chinese + b"BTS|4\rFTS|1\r"
    for verdicts in (["stored", "stored"], ["duplicate", "duplicate"]):
        answer = await laboratory.post("/v1/results/hl7", content=body)
        assert answer.status_code == 200, answer.text
        lines = answer.text.split("\r")
        acks = [line.split("|")[1:3] for line in lines if line.startswith("MSA")]
        assert acks == [["AA", "M-1"], ["AR", "M-2"], ["AE", "M-3"], ["AA", "M-4"]], verdicts
        assert lines[-3:] == ["BTS|4", "FTS|1", ""]
    kept = (await laboratory.get("/v1/inbound-messages")).json()["items"]
    found = {one["control_id"]: (one["outcome"], one["stored"] + one["duplicate"]) for one in kept}
    assert found == {
        "M-1": ("taken", 1),
        "M-2": ("refused", 0),
        "M-3": ("partly-taken", 1),
        "M-4": ("taken", 1),
    }
    many = BHS + "MSH|^~\\&|LIS\r" * (MOST_MESSAGES + 1)
    refused = await laboratory.post("/v1/results/hl7", content=many)
    assert refused.status_code == 413
    assert "500" in refused.json()["detail"]
    assert len((await laboratory.get("/v1/inbound-messages")).json()["items"]) == 4, "nothing of it was kept"
