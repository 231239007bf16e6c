"""The README's commands do what the README says, as a newcomer would type them."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shared.settings import PROJECT
from tests.keys import a_key
from tests.servers import ServiceProcess
from tests.waiting import until

PORTS = {"registration": 8101, "testing": 8102, "alerts": 8103, "reporting": 8104}

CASES = 'curl -s localhost:8104/v1/cases -H "$auth"'

pytestmark = [
    pytest.mark.system,
    pytest.mark.requirement("direct-report", "review", "daily-report"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="cannot run here: there is no curl"),
]


def steps() -> list[str]:
    """The shell blocks of the section, the preparation first."""
    text = (PROJECT / "README.md").read_text("utf-8")
    section = text.partition("## Step by step")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


class Newcomer:
    """Types the README's blocks into a shell, each with the preparation before it."""

    def __init__(self, services: dict[str, ServiceProcess], key: str, surroundings: dict[str, str]) -> None:
        self._services = services
        self._environment = {**os.environ, **surroundings}
        self._preparation, *self.blocks = [self.here(block) for block in steps()]
        self._preparation = re.sub(r"dk_….*", key, self._preparation)

    def here(self, block: str) -> str:
        for name, service in self._services.items():
            block = block.replace(f"localhost:{PORTS[name]}", service.url.removeprefix("http://"))
        return block.replace(".venv/bin/dutyclock", f"{sys.executable} -m dutyclock")

    async def types(self, block: str) -> str:
        shell = await asyncio.create_subprocess_exec(
            "bash",
            "-euc",
            self._preparation + block,
            env=self._environment,
            cwd=PROJECT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await shell.communicate()
        return output.decode()

    async def sees(self, block: str, *words: str) -> None:
        """Type a question again until its answer holds all the words."""

        async def shown() -> bool:
            answer = await self.types(block)
            return all(word in answer for word in words)

        await until(shown, seconds=20, every_seconds=0.3, what=f"{words} of {block}")


@pytest.fixture
async def newcomer(
    start_service: Callable[..., Awaitable[ServiceProcess]], database_url: str, nats_url: str, tmp_path: Path
) -> Newcomer:
    services = {name: await start_service(name) for name in PORTS}
    surroundings = {"DATABASE_URL": database_url, "NATS_URL": nats_url, "HOME": str(tmp_path)}
    return Newcomer(services, await a_key(database_url, "500000"), surroundings)


async def test_every_step_does_what_it_says(newcomer: Newcomer) -> None:
    fill, post, look, report, daily, come_home, key = newcomer.blocks
    assert '"stored":3,"unchanged":0,"refused":0' in await newcomer.types(fill)
    assert '"verdict":"stored"' in await newcomer.types(post)
    await newcomer.sees(look, '"rule":"direct-report"', '"occasion":"inform"', '"person":"li"')
    await newcomer.sees(newcomer.here(CASES), '"state":"opened"')
    answer = await newcomer.types(report)
    assert answer.count('"verdict":"stored"') == 2, answer
    assert '"state":"reviewed"' in answer
    answer = await newcomer.types(daily)
    assert '"verdict":"stored"' in answer
    assert '"counts"' in answer
    answer = await newcomer.types(come_home)
    assert '"governing_rule":"returning-worker-with-proof"' in answer, answer
    assert (await newcomer.types(key)).strip().splitlines()[-1].startswith("dk_")
