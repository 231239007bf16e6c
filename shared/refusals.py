"""What becomes of a message whose handler raised: put aside with its reason, or delivered again later.

FastStream's default on NATS terminates such a message. Here a refusal (an error kind that waiting does not
mend) becomes a row of `dead_letter` and is acknowledged. What waiting mends, such as an absent database, is
delivered again for as long as it takes; what failed for an unknown reason, a bounded number of times.
"""

import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

import asyncpg
import structlog
from faststream import BaseMiddleware
from faststream.exceptions import HandlerException, NackMessage
from faststream.message import StreamMessage

from shared.bus_metrics import BusMetrics
from shared.clock import Clock
from shared.errors import DutyclockError, FieldProblem, Unavailable
from shared.postgres import Database
from shared.traces import continue_trace

log = structlog.get_logger()

LONGEST_REASON = 1000
MOST_REMEMBERED = 10_000

PUT_ASIDE = """
INSERT INTO dead_letter (stream, sequence, consumer, subject, headers, body, reason, problems, put_aside_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (consumer, stream, sequence) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a message may fail for an unknown reason, and after which delays it comes again."""

    most_failures: int = 10
    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 30.0
    longest_absence_delay_seconds: float = 5.0
    """While the database is away: what waits for it goes on soon after it is back."""

    def after_failure(self, failures: int) -> float:
        """Return the delay after so many failures, doubled with each."""
        return min(self.first_delay_seconds * 2 ** min(failures, 16), self.longest_delay_seconds)

    def during_absence(self, delivered: int) -> float:
        """Return the delay while something that is needed is away."""
        return min(self.first_delay_seconds * 2 ** min(delivered, 16), self.longest_absence_delay_seconds)


@dataclass(slots=True)
class FailureCounts:
    """How often each message has failed here for an unknown reason.

    JetStream's own count of deliveries would not do: it grows while the database is away as well.
    """

    _counts: OrderedDict[tuple[str, int], int] = field(default_factory=OrderedDict[tuple[str, int], int])

    def count(self, consumer: str, sequence: int) -> int:
        """Count one more failure and return how many there are; the oldest are forgotten beyond 10,000."""
        failures = self._counts.pop((consumer, sequence), 0) + 1
        self._counts[consumer, sequence] = failures
        if len(self._counts) > MOST_REMEMBERED:
            self._counts.popitem(last=False)
        return failures

    def forget(self, consumer: str, sequence: int) -> None:
        """Drop a message that was handled or put aside."""
        self._counts.pop((consumer, sequence), None)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What deciding needs, the same for all messages of a process."""

    database: Database
    clock: Clock
    metrics: BusMetrics
    patience: Patience = field(default_factory=Patience)
    failures: FailureCounts = field(default_factory=FailureCounts)


class Refusals(BaseMiddleware):
    """Decides the fate of a message whose handler raised."""

    def __init__(self, msg: Any, /, *, context: Any, judgement: Judgement) -> None:
        super().__init__(msg, context=context)
        self._judgement = judgement

    async def consume_scope(
        self, call_next: Callable[[StreamMessage[Any]], Awaitable[Any]], msg: StreamMessage[Any]
    ) -> Any:
        metadata = msg.raw_message.metadata
        consumer, sequence = metadata.consumer, metadata.sequence.stream
        judgement = self._judgement
        if metadata.num_delivered > 1:
            judgement.metrics.redelivered.labels(consumer).inc()
        try:
            with continue_trace(msg.headers.get("traceparent"), f"handle {consumer}"):
                result = await call_next(msg)
        except HandlerException:
            raise
        except asyncpg.TransactionRollbackError as error:  # two transactions in each other's way: try again
            self._again(consumer, judgement.patience.during_absence(metadata.num_delivered), error)
        except DutyclockError as error:
            if error.retry:
                self._again(consumer, judgement.patience.during_absence(metadata.num_delivered), error)
            return await self._put_aside(msg, error)
        except Exception as error:
            log.exception("handler failed", action="handle-message", consumer=consumer)
            failures = judgement.failures.count(consumer, sequence)
            if failures < judgement.patience.most_failures:
                self._again(consumer, judgement.patience.after_failure(failures), error)
            return await self._put_aside(msg, error)
        judgement.failures.forget(consumer, sequence)
        judgement.metrics.consumed.labels(consumer, "handled").inc()
        return result

    def _again(self, consumer: str, delay_seconds: float, error: Exception) -> NoReturn:
        self._judgement.metrics.consumed.labels(consumer, "retried").inc()
        log.warning(
            "message will be delivered again",
            action="handle-message",
            consumer=consumer,
            reason=type(error).__name__,
            delay_seconds=delay_seconds,
        )
        raise NackMessage(delay=delay_seconds) from error

    async def _put_aside(self, msg: StreamMessage[Any], error: Exception) -> None:
        judgement = self._judgement
        metadata = msg.raw_message.metadata
        consumer, sequence = metadata.consumer, metadata.sequence.stream
        reason = error.detail if isinstance(error, DutyclockError) else type(error).__name__
        row = (
            metadata.stream,
            sequence,
            consumer,
            storable(msg.raw_message.subject),
            {storable(name): storable(value) for name, value in msg.headers.items()},
            bytes(cast("bytes", msg.body)),
            storable(reason)[:LONGEST_REASON],
            _problem_rows(error.problems if isinstance(error, DutyclockError) else ()),
            judgement.clock.now(),
        )
        try:
            async with judgement.database.transaction() as connection:
                await connection.execute(PUT_ASIDE, *row)
        except Unavailable as away:
            self._again(consumer, judgement.patience.during_absence(metadata.num_delivered), away)
        except Exception as failure:  # never without a delay: it would come back at once, for ever
            log.exception("message cannot be put aside", action="dead-letter", consumer=consumer)
            self._again(consumer, judgement.patience.longest_delay_seconds, failure)
        judgement.failures.forget(consumer, sequence)
        judgement.metrics.consumed.labels(consumer, "dead-letter").inc()
        log.error("message put aside", action="dead-letter", consumer=consumer, reason=json.dumps(reason))


def storable(text: str) -> str:
    r"""Return `text` as PostgreSQL can hold it: NUL and what is no UTF-8 written out, as in `\x00`."""
    return str(text).replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode()


def _problem_rows(problems: tuple[FieldProblem, ...]) -> list[dict[str, str]]:
    return [
        {"field": storable(problem.field), "reason": storable(problem.reason)[:LONGEST_REASON]}
        for problem in problems
    ]
