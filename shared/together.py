"""Concurrent calls carried out as one: many small requests become one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from shared.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")


class Together(Generic[Item, Result]):
    """Collects what is submitted while a batch is under way and carries it out as the next batch.

    No timer is involved: a lone call is carried out at once, and under load batches grow to what arrives
    during one transaction. A batch that fails for another reason than an absent database is carried out
    again one by one, so that only the item that is at fault gets the error.
    """

    def __init__(
        self,
        carry_out: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        largest: int = 1000,
        lanes: int = 2,
        slow_after_seconds: float = 0.02,
    ) -> None:
        """`lanes` is how many batches may be under way at once (a connection each).

        A further one starts only when the newest has taken longer than `slow_after_seconds`, or when a whole
        batch is waiting: on a fast disk one lane with large batches stores more than two with small ones.
        """
        self._carry_out = carry_out
        self._largest = largest
        self._lanes = lanes
        self._slow_after_seconds = slow_after_seconds
        self._newest_began = 0.0
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._under_way: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Result:
        """Return the item's result once its batch is stored; raises what the item caused."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._start()
        return await future

    def _start(self) -> None:
        if self._waiting and len(self._under_way) < self._lanes and self._may_begin():
            self._newest_began = asyncio.get_running_loop().time()
            task = asyncio.create_task(self._work())
            self._under_way.add(task)
            task.add_done_callback(self._finished)

    def _may_begin(self) -> bool:
        if not self._under_way or len(self._waiting) >= self._largest:
            return True
        return asyncio.get_running_loop().time() - self._newest_began > self._slow_after_seconds

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._start()

    async def _work(self) -> None:
        await asyncio.sleep(0)  # lets callers of the same turn of the loop come along
        batch, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
        batch = [(item, future) for item, future in batch if not future.done()]
        if not batch:
            return
        try:
            await self._do(batch)
        finally:
            for _, future in batch:
                if not future.done():  # cut off: whoever waits must not wait for ever
                    future.set_exception(Unavailable("The service is ending; repeat the call."))

    async def _do(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._carry_out([item for item, _ in batch])
            if len(results) != len(batch):
                raise RuntimeError(f"{len(results)} results for {len(batch)} items")
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for one in batch:
                    await self._do([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
