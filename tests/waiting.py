"""Waiting for a fact, with a deadline: tests never sleep for a guessed time."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

T = TypeVar("T")


async def until(
    predicate: Callable[[], Awaitable[T | None] | T | None],
    *,
    seconds: float = 30.0,
    every_seconds: float = 0.02,
    what: str = "",
) -> T:
    """The first true answer of `predicate`; AssertionError with its last one when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = predicate()
        value = cast("T | None", await answer if inspect.isawaitable(answer) else answer)
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(
                f"{what or 'the fact'} did not come about within {seconds} seconds; last answer: {value!r}"
            )
        await asyncio.sleep(every_seconds)
