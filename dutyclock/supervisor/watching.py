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


async def keep_running(what: str, watched: Watched, tell: Tell, *, started: bool = True) -> None:
    """Run until cancelled; `started` says that `watched` already runs."""
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE_SECONDS
    if not started:
        pause = await _start_at_last(what, watched, tell, pause)
    began = loop.time()
    while True:
        code = await watched.child.wait()
        if loop.time() - began > STEADY_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        tell(say("ended", what=what, how=describe_exit(code), seconds=pause, log=watched.child.log))
        await asyncio.sleep(pause)
        pause = await _start_at_last(what, watched, tell, min(pause * 2, LONGEST_PAUSE_SECONDS))
        tell(say("back", what=what))
        began = loop.time()


async def _start_at_last(what: str, watched: Watched, tell: Tell, pause: float) -> float:
    """Try until it runs, and return the pause that the next failure would be answered with."""
    while True:
        try:
            await watched.start()
        except CannotStart as problem:
            tell(say("start-failed", what=what, reason=problem.sentence.en, seconds=pause))
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            return pause


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
