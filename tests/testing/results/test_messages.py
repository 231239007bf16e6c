"""HL7 and FHIR through the real door: kept first, judged row by row, acknowledged in kind, replayed."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import hl7
import httpx
import pytest

from shared.contracts.testing import SamplePositive, SamplePositiveWithdrawn, SamplesNegative
from tests.builders import ANOTHER_VILLAGE, JIANSHENG, OUTSIDE
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.testing.results.laboratory_messages import a_bundle, a_report, an_hl7_message, an_order, hl7_time
from tests.testing.results.test_results_over_http import events_once_there_are

pytestmark = pytest.mark.system
HL7 = {"content-type": "application/hl7-v2"}
FHIR = {"content-type": "application/fhir+json"}
POSITIVE = "260373001"


@pytest.fixture
async def laboratory(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    service = await start_service("testing")
    key = await a_key(database_url, JIANSHENG, "results:write", "results:read")
    async with httpx.AsyncClient(base_url=service.url, headers={"x-api-key": key}, timeout=60) as client:
        yield client
    assert '"level":"error"' not in service.output()


async def send_hl7(client: httpx.AsyncClient, message: str | bytes, **query: str) -> Any:
    content = message if isinstance(message, bytes) else message.encode()
    answer = await client.post("/v1/results/hl7", content=content, headers=HL7, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/hl7-v2")
    return hl7.parse(answer.text)


async def the_message(client: httpx.AsyncClient) -> dict[str, Any]:
    (message,) = (await client.get("/v1/inbound-messages")).json()["items"]
    return message


async def test_an_oru_is_stored_told_and_acknowledged(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    now, person = datetime.now(UTC), str(UUID(int=7))
    message = an_hl7_message(
        now,
        an_order(now, result=f"{POSITIVE}^Detected^SCT"),
        an_order(now, result="", flag="NEG"),
        an_order(now, result="阴性", method="新冠核酸"),
        control="MSG-7",
        patient=f"PID|1||P-1^^^HOSPITAL~{person}^^^DUTYCLOCK||张^伟\r",
    )
    acknowledgement = await send_hl7(laboratory, message)
    assert str(acknowledgement.segment("MSA")) == "MSA|AA|MSG-7"
    events = await events_once_there_are(nats_url, 2)
    assert isinstance(events[0], SamplePositive)
    assert isinstance(events[1], SamplesNegative)
    assert events[1].count == 2
    assert str(events[0].person_id) == person
    again = await send_hl7(laboratory, message)
    assert str(again.segment("MSA")) == "MSA|AA|MSG-7"
    kept = await the_message(laboratory)
    assert (kept["outcome"], kept["stored"], kept["duplicate"]) == ("taken", 0, 3)
    assert kept["control_id"] == "MSG-7"


async def test_one_bad_result_of_a_message_spoils_no_other(laboratory: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    message = an_hl7_message(
        now,
        an_order(now),
        an_order(now, division=OUTSIDE),
        an_order(now, method="1234-5^Potassium^LN"),
        an_order(now, result="17.3"),
        an_order(now, status="P"),
        an_order(now, sampled_at="20210230", tube="T 1"),
        an_order(now, sampled_at="19210201090000+0800"),
        an_order(now, sampled_at=hl7_time(now - timedelta(hours=6))[:12]),  # the message's own offset holds
    )
    acknowledgement = await send_hl7(laboratory, message)
    assert str(acknowledgement.segment("MSA")[1]) == "AE"
    errors = [(str(error[2]), str(error[8])) for error in acknowledgement.segments("ERR")]
    assert [place.split()[-1] for place, _ in errors] == [
        *("division", "OBX-3", "OBX-5", "OBX-11", "SPM-2", "SPM-17", "SPM-17")
    ]
    kept = await the_message(laboratory)
    assert (kept["outcome"], kept["stored"], kept["refused"]) == ("partly-taken", 2, 6)
    assert len(kept["problems"]) == 7


async def test_a_report_of_a_mistyped_century_is_refused(laboratory: httpx.AsyncClient) -> None:
    report = a_report(datetime.now(UTC), sampled_at="1921-02-01T09:00:00+08:00")
    answer = await laboratory.post("/v1/results/fhir", json=a_bundle(*report), headers=FHIR)
    assert answer.status_code == 422, answer.text
    assert "lies before the year 2000" in answer.text
    kept = await the_message(laboratory)
    assert (kept["stored"], kept["refused"]) == (0, 1)


async def test_a_corrected_result_is_appended_once(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    past, now = datetime.now(UTC) - timedelta(minutes=5), datetime.now(UTC)
    order = {"tube": "H-corrected", "sampled_at": hl7_time(past - timedelta(hours=6))}
    first = an_hl7_message(past, an_order(past, result=POSITIVE, **order))
    corrected = an_hl7_message(now, an_order(now, status="C", **order))
    for message in (first, corrected, corrected, first):
        acknowledgement = await send_hl7(laboratory, message)
        assert str(acknowledgement.segment("MSA")[1]) == "AA"
    told = await events_once_there_are(nats_url, 2)
    assert [type(event) for event in told] == [SamplePositive, SamplePositiveWithdrawn]
    contradicted = an_hl7_message(now, an_order(now, **order))
    acknowledgement = await send_hl7(laboratory, contradicted)
    assert "correction" in str(acknowledgement.segment("ERR")[8])


async def test_characters_of_gb_18030_are_read(laboratory: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    text = an_hl7_message(now, an_order(now, result="阴性"), characters="GB 18030-2000")
    acknowledgement = await send_hl7(laboratory, text.encode("gb18030"))
    assert str(acknowledgement.segment("MSA")[1]) == "AA"


GOOD = an_hl7_message(datetime(2021, 2, 1, 9, tzinfo=UTC))
HL7_GARBAGE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "AE"),
    "a byte": (b"\xff", "AE"),
    "a word": (b"hello", "AE"),
    "JSON": (b'{"resourceType": "Bundle"}', "AE"),
    "XML": (b"<ORU_R01/>", "AE"),
    "MSH alone": (b"MSH", "AE"),
    "MSH with separators only": (b"MSH|^~\\&", "AE"),
    "separators that are one": (GOOD.replace("^~\\&", "||||").encode(), "AE"),
    "two separators": (GOOD.replace("^~\\&", "^~").encode(), "AE"),
    "no MSH": (GOOD.partition("\r")[2].encode(), "AE"),
    "cut in its head": (GOOD[:40].encode(), "AR"),
    "no results": ((GOOD.partition("\r")[0] + "\r").encode(), "AE"),
    "a result without its order": ((GOOD.partition("\r")[0] + "\rOBX|1|CWE|a||b\r").encode(), "AE"),
    "another type": (GOOD.replace("ORU^R01^ORU_R01", "ADT^A01").encode(), "AR"),
    "another version": (GOOD.replace("2.5.1", "3.0").encode(), "AR"),
    "another character set": (GOOD.replace("UNICODE UTF-8", "8859/1").encode(), "AR"),
    "not in its character set": (GOOD.encode("gb18030"), "AE"),
    "U+0000": (GOOD.replace("LIS", "L\0S").encode(), "AE"),
    "line breaks of Unix": (GOOD.replace("\r", "\n").encode(), "AA"),
    "line breaks of Windows": (GOOD.replace("\r", "\r\n").encode(), "AA"),
    "a frame of MLLP": (f"\x0b{GOOD}\x1c\r".encode(), "AA"),
    "100,000 components": (GOOD.replace("260415000", "^" * 100_000).encode(), "AE"),
    "100,000 fields": (GOOD.replace("260415000", "|" * 100_000).encode(), "AE"),
    "a million fields": (GOOD.encode() + b"|" * 1_000_000, "AE"),
    "a million segments": (GOOD.encode() + b"OBX\r" * 500_000, "AE"),
    "1,001 results": ((GOOD + "OBX|2|CWE|94500-6||260415000\r" * 1000).encode(), "AE"),
    "other separators": (
        GOOD.replace("|", "#").replace("^", ";").replace("~\\&", "!?%").encode(),
        "AA",
    ),
}


async def test_garbage_for_hl7_is_kept_and_acknowledged_in_the_negative(
    laboratory: httpx.AsyncClient, database_url: str
) -> None:
    found: dict[str, str] = {}
    for name, (body, _) in HL7_GARBAGE.items():
        found[name] = str((await send_hl7(laboratory, body)).segment("MSA")[1])
    assert found == {name: code for name, (_, code) in HL7_GARBAGE.items()}
    administrator = await asyncpg.connect(database_url, server_settings={"search_path": "testing"})
    try:
        kept = await administrator.fetch("SELECT * FROM inbound_message")
        stored = await administrator.fetchval("SELECT count(*) FROM sample_result")
    finally:
        await administrator.close()
    assert len(kept) == len(HL7_GARBAGE)
    refused = [row for row in kept if row["outcome"] == "refused"]
    assert len(refused) == sum(code != "AA" for _, code in HL7_GARBAGE.values())
    assert all(row["reason"] and row["body_sealed"] for row in refused)
    assert stored == 1  # the same good result, however its lines end


async def test_a_bundle_is_stored_told_and_answered(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    now = datetime.now(UTC)
    bundle = a_bundle(*a_report(now, result=POSITIVE), *a_report(now), *a_report(now, division=OUTSIDE))
    answer = await laboratory.post("/v1/results/fhir", json=bundle, headers=FHIR)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+json")
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    error, information = outcome["issue"]
    assert (error["severity"], error["expression"]) == ("error", ["Bundle.entry[6].result[0]"])
    assert information["diagnostics"] == "2 stored, 0 on record already"
    events = await events_once_there_are(nats_url, 2)
    assert [type(event) for event in events] == [SamplePositive, SamplesNegative]


async def test_a_report_that_contains_what_it_names_is_read(laboratory: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    report, observation, specimen = a_report(now, division=None)
    del specimen["extension"]
    report["contained"] = [{**observation, "id": "o"}, {**specimen, "id": "s"}]
    report["contained"][0]["specimen"] = {"reference": "#s"}
    report["result"] = [{"reference": "#o"}]
    answer = await laboratory.post(
        "/v1/results/fhir", json=report, headers=FHIR, params={"division": ANOTHER_VILLAGE}
    )
    assert answer.status_code == 200, answer.text
    assert (await the_message(laboratory))["stored"] == 1


async def test_an_amended_report_appends_a_correction(laboratory: httpx.AsyncClient, nats_url: str) -> None:
    past, now = datetime.now(UTC) - timedelta(minutes=5), datetime.now(UTC)
    said = {"tube": "F-amended", "sampled_at": (past - timedelta(hours=6)).isoformat()}
    for at, changes in ((past, {"result": POSITIVE}), (now, {"status": "corrected"})):
        bundle = a_bundle(*a_report(at, **said, **changes))
        answer = await laboratory.post("/v1/results/fhir", json=bundle, headers=FHIR)
        assert answer.status_code == 200, answer.text
    told = await events_once_there_are(nats_url, 2)
    assert [type(event) for event in told] == [SamplePositive, SamplePositiveWithdrawn]


def _fhir_garbage() -> dict[str, bytes]:
    now = datetime(2021, 2, 1, 9, tzinfo=UTC)

    def broken(place: int, **changes: Any) -> bytes:
        resources = a_report(now)
        resources[place] = {**resources[place], **changes}
        return json.dumps(a_bundle(*resources)).encode()

    return {
        "nothing": b"",
        "a byte": b"\xff",
        "a list": b"[]",
        "a number": b"7",
        "HL7": GOOD.encode(),
        "another resource": b'{"resourceType": "Patient"}',
        "a Bundle of nothing": b'{"resourceType": "Bundle"}',
        "a Bundle of no list": b'{"resourceType": "Bundle", "entry": {"resource": 1}}',
        "entries that are none": b'{"resourceType": "Bundle", "entry": [1, null, [], {"resource": 7}]}',
        "a report of nothing": b'{"resourceType": "DiagnosticReport"}',
        "a name twice": b'{"resourceType": "Bundle", "resourceType": "Bundle", "entry": []}',
        "U+0000": b'{"resourceType": "Bundle", "id": "a\\u0000"}',
        "half a character": b'{"resourceType": "Bundle", "id": "\\ud800", "entry": []}',
        "no number": b'{"resourceType": "Bundle", "total": NaN, "entry": []}',
        "100,000 brackets": b'{"resourceType": "Bundle", "entry": ' + b"[" * 100_000,
        "900 brackets": b'{"resourceType": "Bundle", "entry": ' + b"[" * 900 + b"]" * 900 + b"}",
        "a number of 5,000 digits": b'{"resourceType": "Bundle", "total": ' + b"9" * 5000 + b"}",
        "no results": broken(0, result=[]),
        "results that are none": broken(0, result=["x", 1, None]),
        "a result that is not there": broken(0, result=[{"reference": "Observation/elsewhere"}]),
        "a reference to itself": broken(0, result=[{"reference": "DiagnosticReport/report-1"}]),
        "an unknown field": broken(0, colour="red"),
        "an observation without a code": broken(1, code=None),
        "an observation of another kind": broken(1, code={"coding": [{"code": "2823-3"}]}),
        "a value that says nothing": broken(1, valueCodeableConcept={"text": "?"}),
        "two values": broken(1, valueString="x"),
        "a preliminary result": broken(1, status="preliminary"),
        "a status that is none": broken(1, status="x"),
        "a time without an offset": broken(1, issued="2021-02-01T09:00:00"),
        "a day": broken(2, collection={"collectedDateTime": "2021-02-01"}),
        "a year": broken(2, collection={"collectedDateTime": "2021"}),
        "no tube": broken(2, identifier=[]),
        "a tube of spaces": broken(2, identifier=[{"value": "a b"}]),
        "a specimen with an unknown field": broken(2, colour="red"),
        "100,000 characters": broken(2, identifier=[{"value": "9" * 100_000}]),
        "1,001 results": broken(0, result=[{"reference": "Observation/x"}] * 1001),
    }


async def test_garbage_for_fhir_is_kept_and_answered_with_its_reasons(
    laboratory: httpx.AsyncClient, database_url: str
) -> None:
    wrong: list[str] = []
    garbage = _fhir_garbage()
    for name, body in garbage.items():
        answer = await laboratory.post("/v1/results/fhir", content=body, headers=FHIR)
        if answer.status_code != 422 or answer.json().get("resourceType") != "OperationOutcome":
            wrong.append(f"{name}: {answer.status_code} {answer.text[:200]}")
            continue
        issues = answer.json()["issue"]
        if not any(issue["severity"] == "error" and issue["diagnostics"] for issue in issues):
            wrong.append(f"{name}: {issues}")
    assert not wrong, "\n".join(wrong)
    administrator = await asyncpg.connect(database_url, server_settings={"search_path": "testing"})
    try:
        kept = await administrator.fetchval("SELECT count(*) FROM inbound_message WHERE outcome = 'refused'")
        assert kept == len(garbage)
        assert await administrator.fetchval("SELECT count(*) FROM sample_result") == 0
    finally:
        await administrator.close()


async def test_a_message_is_judged_again_on_demand_by_whoever_sees_it(
    laboratory: httpx.AsyncClient, database_url: str
) -> None:
    now = datetime.now(UTC)
    ahead = now + timedelta(hours=1)
    await send_hl7(laboratory, an_hl7_message(now, an_order(now), an_order(ahead)))
    kept = await the_message(laboratory)
    assert (kept["outcome"], kept["stored"], kept["refused"]) == ("partly-taken", 1, 1)
    path = f"/v1/inbound-messages/{kept['message_id']}"
    again = (await laboratory.post(f"{path}/replay")).json()
    assert (again["outcome"], again["stored"], again["duplicate"], again["refused"]) == (
        *("partly-taken", 0, 1),
        1,
    )
    assert (await laboratory.get(path)).json() == again
    assert (await laboratory.get("/v1/inbound-messages?outcome=refused")).json()["items"] == []
    neighbour = await a_key(database_url, OUTSIDE, "results:write", "results:read")
    headers = {"x-api-key": neighbour}
    assert (await laboratory.get("/v1/inbound-messages", headers=headers)).json()["items"] == []
    assert (await laboratory.get(path, headers=headers)).status_code == 404
    assert (await laboratory.post(f"{path}/replay", headers=headers)).status_code == 404


@pytest.mark.parametrize("path", ["/v1/results/hl7", "/v1/results/fhir"])
async def test_what_is_no_message_at_all_is_refused_before_it_is_kept(
    laboratory: httpx.AsyncClient, path: str
) -> None:
    assert (
        await laboratory.post(path, content=b"x", headers={"content-type": "text/csv"})
    ).status_code == 415
    media = HL7 if path.endswith("hl7") else FHIR
    large = await laboratory.post(path, content=b"x" * (5 * 1024 * 1024), headers=media)
    assert large.status_code == 413
    assert "1,000" in large.json()["detail"]
    odd = await laboratory.post(path, content=b"x", headers=media, params={"division": "x"})
    assert odd.status_code == 422
    assert (await laboratory.get("/v1/inbound-messages")).json()["items"] == []
