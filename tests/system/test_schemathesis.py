"""Schemathesis reads the four OpenAPI documents and looks for what the running services answer otherwise."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from datetime import timedelta
from pathlib import Path

import pytest

from dutyclock.services import PROJECT
from shared.jetstream import SERVICES
from tests.builders import A_VILLAGE
from tests.keys import a_key
from tests.system.doors import OFFICER, Attacked, Start, seeded
from tests.system.platform import CHONGQING

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def _known(attacked: Attacked) -> str:
    now = attacked.now
    just_now = ("resulted_at", "registered_at", "reported_at", "occurred_at", "recorded_at", "from")
    instants: dict[str, str] = dict.fromkeys((*just_now, "investigation_started_at"), now.isoformat())
    past = (now - timedelta(hours=1)).isoformat()
    instants |= dict.fromkeys(("sampled_at", "arrived_at", "seen_at", "decided_at"), past)
    instants["until"] = (now + timedelta(days=1)).isoformat()
    return json.dumps(
        {
            "ids": {f"{name}_id": value for name, value in attacked.ids.items()},
            "instants": instants,
            "days": {"day": now.date().isoformat()},
            "divisions": {"division": A_VILLAGE, "unit": A_VILLAGE},
            "institutions": {"institution": "500104-cdc"},
            "words": {"person": OFFICER, "post": "duty-leader"},
        }
    )


async def _attack(url: str, key: str, known: str, folder: Path) -> str | None:
    """Return what Schemathesis found, None for nothing."""
    environment = {
        **os.environ,
        "DUTYCLOCK_TEST_KNOWN": known,
        "SCHEMATHESIS_HOOKS": "tests.system.schemathesis_hooks",
        "PYTHONPATH": str(PROJECT),
    }
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("st"),
        "--config-file",
        Path(__file__).with_name("schemathesis.toml"),
        "run",
        f"{url}/openapi.json",
        "--header",
        f"X-API-Key: {key}",
        "--max-examples",
        "6",
        "--phases",
        "coverage,fuzzing",
        "--exclude-checks",
        "positive_data_acceptance",  # no schema can say which divisions, tubes and cases there are
        "--exclude-path-regex",
        "/(stream|events)$",  # their answers do not end
        "--warnings",
        "off",
        "--seed",
        "1",
        "--no-color",
        cwd=folder,
        env=environment,
        stdout=PIPE,
        stderr=STDOUT,
    )
    output, _ = await process.communicate()
    return None if process.returncode == 0 else output.decode()


async def test_no_service_answers_otherwise_than_its_document_says(
    start_service: Start, database_url: str, tmp_path: Path
) -> None:
    attacked = await seeded(start_service, database_url)
    folders = [tmp_path / f"schemathesis-{name}" for name in SERVICES]
    for folder in folders:
        folder.mkdir()
    key = await a_key(database_url, CHONGQING)
    services = attacked.platform.services
    found = await asyncio.gather(
        *(
            _attack(services[name].url, key, _known(attacked), folder)
            for name, folder in zip(SERVICES, folders, strict=True)
        )
    )
    assert found == [None] * len(SERVICES), "\n".join(text for text in found if text)
    for service in services.values():
        assert '"level":"error"' not in service.output(), service.name
    await attacked.platform.close()
