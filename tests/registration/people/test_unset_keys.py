"""A sealing key that is not set any more: whoever asks learns what an operator must set, and nothing else."""

import base64
import json

import httpx
import pytest

from tests.registration.conftest import ServedWith
from tests.registration.people.builders import a_mobile, card_number
from tests.registration.people.statements import a_person_statement
from tests.servers import TEST_SECRETS

OLD = TEST_SECRETS["DUTYCLOCK_SEALING_KEYS"]
NEW = f"newer:{base64.b64encode(b'n' * 32).decode()}"


def says_what_to_set(answer: httpx.Response) -> None:
    document = answer.json()
    assert (answer.status_code, document["type"]) == (503, "/problems/sealing-key-unset")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "DUTYCLOCK_SEALING_KEYS" in document["detail"]
    assert "'tests'" in document["detail"]
    assert document["title_zh"] == "缺少密封密钥"
    assert "retry-after" not in answer.headers
    for secret in (OLD.partition(":")[2], NEW.partition(":")[2], card_number(1), a_mobile(1), "慕容"):
        assert secret not in answer.text


async def test_whoever_reads_learns_which_key_must_be_set(
    served_with: ServedWith, capfd: pytest.CaptureFixture[str]
) -> None:
    row = a_person_statement(1)
    async with served_with(OLD) as town:
        stored = (await town.post("/v1/people", json=row)).json()
    id_ = stored["person_id"]
    capfd.readouterr()
    async with served_with(NEW) as town:
        for path in (
            f"/v1/people/{id_}",
            "/v1/people",
            "/v1/people/export?format=ndjson",
            "/v1/people/export",
        ):
            says_what_to_set(await town.get(path))
        explained = (await town.get("/problems/sealing-key-unset")).json()
        assert "DUTYCLOCK_SEALING_KEYS" in explained["means"]["en"]
        assert (await town.get("/v1/preregistrations")).status_code == 200
    logged = capfd.readouterr().out
    assert "a sealing key is not set" in logged
    assert "DUTYCLOCK_SEALING_KEYS" in logged
    assert "慕容" not in logged
    async with served_with(f"{NEW},{OLD}") as town:
        shown = await town.get(f"/v1/people/{id_}")
        assert (shown.status_code, json.loads(shown.text)["person_id"]) == (200, id_)
