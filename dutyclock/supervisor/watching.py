"""Keeps one process running: starts it again with growing pauses when it ends, and says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from dutyclock.embedded.processes import Child
from dutyclock.terminal import CannotStart, Sentence, say

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""Whoever ran that long has earned the first pause again."""

Tell = Callable[[Sentence], None]


class Watched(Protocol):
    """A server or a service: started, it has a child; `start` returns once it is ready and may be called
    again.
    """

    @property
    def child(self) -> Child: ...

    async def start(self) -> None: ...


async def keep_running(what: str, watched: Watched, tell: Tell) -> None:
    """Run until cancelled; expects `watched` to be running."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE_SECONDS
    started = loop.time()
    while True:
        code = await watched.child.wait()
        if loop.time() - started > STEADY_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        tell(say("ended", what=what, how=describe_exit(code), seconds=pause, log=watched.child.log))
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        while not await _start(what, watched, tell):
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        started = loop.time()


async def _start(what: str, watched: Watched, tell: Tell) -> bool:
    try:
        await watched.start()
    except CannotStart as problem:
        tell(say("restart-failed", what=what, reason=problem.sentence.en))
        return False
    tell(say("back", what=what))
    return True


def describe_exit(code: int | None) -> str:
    """An exit code in words: a negative one is a signal."""
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


async def every(seconds: float, work: Callable[[], Awaitable[None] | None]) -> None:
    """Do `work` again and again, for ever."""
    while True:
        await asyncio.sleep(seconds)
        done = work()
        if done is not None:
            await done
