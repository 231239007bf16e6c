"""One bad row never spoils the others, in any form of a batch; and no secret of it reaches a log."""

import json
from typing import Any

import pytest

from shared.jetstream import SERVICES
from tests.builders import A_VILLAGE, a_result
from tests.system.campaign_doors import a_household, a_queue
from tests.system.doors import (
    Attacked,
    Body,
    doors_of,
    trouble_with,
)
from tests.system.due_doors import an_order, another_base_number
from tests.system.standing import Standing
from tests.system.surveillance_doors import a_drug_sale
from tests.system.tube_doors import a_step, a_tube

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("standing")]

DEEP = 100_000
SECRETS = ("机密姓名", "geheim-token", "geheim-password")


def _bad_rows(good: bytes) -> dict[str, bytes]:
    """Rows that are JSON each, and none that can be stored."""
    inside = good.rstrip()[:-1]
    return {
        "null": b"null",
        "text": b'"row"',
        "a number beyond 64 bits": inside + b',"x":' + b"9" * 30 + b"}",
        "a number of 5,000 digits": inside + b',"x":' + b"9" * 5000 + b"}",
        "half a character": inside + b',"x":"\\ud800"}',
        "half a character as a name": inside + b',"\\ud800":1}',
        "U+0000": inside + b',"x":"\\u0000"}',
        "a field twice": inside + b',"division":"500104102002"}',
        "an unknown division": inside.replace(A_VILLAGE.encode(), b"500104999") + b"}",
        "1 MB of text": inside + b',"x":"' + b"x" * 1_000_000 + b'"}',
    }


async def _spoilt(attacked: Attacked, path: str, service: str, make: Any) -> list[str]:
    wrong: list[str] = []
    client = attacked.platform.clients[service]
    for name, bad in _bad_rows(json.dumps(make()).encode()).items():
        first, last = json.dumps(make()).encode(), json.dumps(make()).encode()
        for media, body in (
            ("application/json", b"[" + b",".join((first, bad, last)) + b"]"),
            ("application/x-ndjson", b"\n".join((first, bad, last))),
        ):
            rows = b"\n" if media == "application/x-ndjson" else b""
            answer = await client.post(path, content=body + rows, headers={"content-type": media})
            verdicts = [row["verdict"] for row in answer.json().get("rows", ())]
            taken = verdicts[:1] + verdicts[2:]
            refused = verdicts[1:2] == ["refused"] and answer.json()["rows"][1]["problems"]
            if answer.status_code != 200 or not refused or "refused" in taken or len(taken) != 2:
                wrong.append(f"{path} {media} {name}: {answer.status_code} {answer.text[:300]}")
    return wrong


async def test_one_bad_row_never_spoils_the_others(standing: Standing) -> None:
    attacked, _ = await standing.attacked(*SERVICES, rate=1.0)
    platform = attacked.platform
    marks = iter(range(10_000))

    def a_person() -> Body:
        return {"id": f"p{next(marks)}", "name": "值班员", "division": A_VILLAGE, "channels": ["log:"]}

    return_door = next(door for door in doors_of("registration") if door.path == "/v1/returns")
    wrong = [
        *await _spoilt(attacked, "/v1/results/batch", "testing", lambda: a_result(attacked.now)),
        *await _spoilt(attacked, "/v1/base-numbers/batch", "testing", another_base_number),
        *await _spoilt(attacked, "/v1/due-tests/batch", "testing", an_order),
        *await _spoilt(attacked, "/v1/residents/batch", "testing", lambda: a_household(attacked.now)),
        *await _spoilt(attacked, "/v1/queue-reports/batch", "testing", lambda: a_queue(attacked.now)),
        *await _spoilt(attacked, "/v1/tubes/batch", "testing", lambda: a_tube(attacked.now)),
        *await _spoilt(attacked, "/v1/tube-steps/batch", "testing", lambda: a_step(attacked.now)),
        *await _spoilt(attacked, "/v1/returns/batch", "registration", lambda: return_door.body(attacked.now)),
        *await _spoilt(attacked, "/v1/drug-sales/batch", "registration", lambda: a_drug_sale(attacked.now)),
        *await _spoilt(attacked, "/v1/duty", "alerts", a_person),
    ]
    assert not wrong, "\n".join(wrong)

    # lines that are no JSON at all, and documents in the two other forms of a roster
    for service, path in (
        ("testing", "/v1/results/batch"),
        ("registration", "/v1/returns/batch"),
        ("alerts", "/v1/duty"),
    ):
        good = {"testing": lambda: a_result(attacked.now), "alerts": a_person}.get(
            service, lambda: return_door.body(attacked.now)
        )
        lines = [
            json.dumps(good()).encode(),
            b"{broken",
            b'{"a":' * DEEP,
            b"9" * 5000,
            json.dumps(good()).encode(),
        ]
        if service != "alerts":  # a roster document is text as a whole
            lines.insert(1, b'{"a":"\xff"}')
        answer = await platform.clients[service].post(
            path, content=b"\n".join(lines), headers={"content-type": "application/x-ndjson"}
        )
        rows = answer.json()["rows"]
        assert [row["verdict"] for row in rows] == ["stored", *["refused"] * (len(lines) - 2), "stored"], rows
        assert all(row["problems"] for row in rows[1:-1]), rows
    yaml = f"- {{id: y1, name: a, division: '{A_VILLAGE}'}}\n- {{id: y2, name: a, name: b}}\n"
    yaml += yaml.splitlines()[0].replace("y1", "y3")
    csv = f"id,name,division\nc1,a,{A_VILLAGE}\nc2,{'x' * 200_000},{A_VILLAGE}\nc3,c,{A_VILLAGE}\n"
    for media, text in (("application/yaml", yaml), ("text/csv", csv)):
        answer = await platform.clients["alerts"].post(
            "/v1/duty", content=text.encode(), headers={"content-type": media}
        )
        assert [row["verdict"] for row in answer.json()["rows"]] == ["stored", "refused", "stored"], (
            answer.text
        )
    await platform.close()


ROSTERS_AS_A_WHOLE: dict[str, tuple[str, bytes, int]] = {
    "deep JSON": ("application/json", b"[" * DEEP, 400),
    "a huge number": ("application/json", b"9" * 5000, 400),
    "a name twice": ("application/json", b'{"people":[],"people":[]}', 400),
    "deep YAML": ("application/yaml", b"[" * 20_000, 400),
    "a character that is none": ("application/yaml", b'- {id: "\\UFFFFFFFF"}', 400),
    "a reference": ("application/yaml", b"people: &a []\nshifts: *a", 400),
    "a list as a name": ("application/yaml", b"- {[a]: b}", 400),
    "large YAML": ("application/yaml", b"# " + b"x" * 3_000_000, 413),
    "a column twice": ("text/csv", b"id,id\na,b\n", 400),
    "no UTF-8": ("text/csv", b"id\n\xff\n", 400),
    "too many rows": ("text/csv", b"id\n" + b"a\n" * 1_000_000, 413),
    "too many lines": ("application/x-ndjson", b"0\n" * 1_000_000, 413),
    "another form": ("application/pdf", b"%PDF", 415),
}


async def test_rosters_that_cannot_be_read_are_refused_and_secrets_stay_out_of_the_log(
    standing: Standing,
) -> None:
    attacked, _ = await standing.attacked(*SERVICES, rate=1.0)
    alerts = attacked.platform.clients["alerts"]
    for name, (media, body, status) in ROSTERS_AS_A_WHOLE.items():
        answer = await alerts.post("/v1/duty", content=body, headers={"content-type": media}, timeout=30)
        assert trouble_with(answer, status) is None, (name, answer.text[:300])
    name, token, password = SECRETS
    channels = [
        f"json://user:{password}@127.0.0.1:9/{token}",
        f"slack://{token}/{token}",
        f"nonsense://{token}",
        f"mailto://{token}",
        f"json://[{token}",
    ]
    for position, channel in enumerate(channels):
        person = {"id": f"s{position}", "name": name, "division": A_VILLAGE, "channels": [channel]}
        await alerts.post("/v1/duty", json=[person, {**person, "id": "S", "x": token}])
        await alerts.put(f"/v1/duty/people/s{position}", json={**person, "id": token})
    for door in (*doors_of("reporting"), *doors_of("alerts")):
        good = door.body(attacked.now)
        named = {field: name for field in ("reporter", "reviewer", "name", "by", "note") if field in good}
        for body in ({**good, **named}, {**good, **named, "x": name}, {**good, **named, "division": name}):
            await attacked.send(door, body)
    key = alerts.headers["authorization"].removeprefix("Bearer ")
    await alerts.get("/v1/clocks", headers={"authorization": f"Basic {key}"})
    await alerts.get(f"/v1/clocks?owner={key}&{key}=1")
    await alerts.get(f"/a/{token}")
    for service, running in attacked.platform.services.items():
        log = running.output()
        for secret in (*SECRETS, key, key.rpartition("_")[2], json.dumps(name)[1:-1]):
            assert secret not in log, (service, secret)
        assert '"level":"error"' not in log, service
    await attacked.platform.close()
