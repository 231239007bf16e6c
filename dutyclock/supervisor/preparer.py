"""The supervisor's side of `prepare`."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dutyclock.embedded.processes import last_words
from dutyclock.services import PROJECT
from dutyclock.terminal import CannotStart, Sentence


class Preparer:
    """The process that checks the files and then makes the database ready."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def check_files(self, policy_folder: Path, divisions_file: Path) -> None:
        """Start it and wait for its verdict on the files; raises CannotStart."""
        with self._log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "dutyclock.supervisor.prepare",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=PROJECT,
                env=os.environ,
                start_new_session=True,
            )
        await self._ask({"policy_folder": str(policy_folder), "divisions_file": str(divisions_file)})

    async def make_ready(
        self,
        database_url: str,
        role_passwords: Mapping[str, str],
        first_key: str | None,
        foreign_nats_url: str | None,
    ) -> tuple[dict[str, str], str | None]:
        """Each service's own address of the database, and the first key if there is one to show."""
        answer = await self._ask(
            {
                "database_url": database_url,
                "role_passwords": dict(role_passwords),
                "first_key": first_key,
                "foreign_nats_url": foreign_nats_url,
            }
        )
        await self.close()
        return answer["service_urls"], answer["first_key"]

    async def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        line = await process.stdout.readline()
        if not line:
            raise CannotStart("database-not-provisioned", reason=last_words(self._log) or f"see {self._log}")
        answer: dict[str, Any] = json.loads(line)
        if "code" in answer:
            raise CannotStart.worded(answer["code"], Sentence(answer["zh"], answer["en"]))
        return answer

    async def close(self) -> None:
        """End it; what it was doing to the database is one transaction each and may be repeated."""
        process = self._process
        if process is None:
            return
        self._process = None
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()
