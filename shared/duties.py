"""Duties of a service: what it does again and again because time passes, whatever goes wrong in between."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.errors import Unavailable

log = structlog.get_logger()

FAILURE_REST_SECONDS = 1.0


class DutyMetrics:
    """How long turns of duties take, and how many failed; `duty` holds the names of a service's duties."""

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        self.seconds = Histogram(
            f"{service}_duty_seconds",
            "Seconds that one turn of a timed duty took",
            ["duty"],
            buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30),
            registry=registry,
        )
        self.failures = Counter(
            f"{service}_duty_failures_total", "Turns of a timed duty that failed", ["duty"], registry=registry
        )


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing done for ever: `carry_out` is one turn, which tells whether more is waiting already."""

    name: str
    carry_out: Callable[[], Awaitable[bool]]
    """Takes what is due now, a bounded number at a time; may run in several processes at once."""
    rest_seconds: float = 2.0
    """Real seconds between two looks when nothing more is waiting; networks and databases know no drill."""


async def run_duty(duty: Duty, metrics: DutyMetrics) -> None:
    """Carry a duty out for ever; a turn that fails is logged, counted and tried again."""
    failures = metrics.failures.labels(duty.name)
    while True:
        rest = FAILURE_REST_SECONDS
        try:
            with metrics.seconds.labels(duty.name).time():
                more = await duty.carry_out()
            rest = 0.0 if more else duty.rest_seconds
        except Unavailable as error:
            failures.inc()
            log.warning("duty waits", action=duty.name, reason=error.detail)
        except Exception:
            failures.inc()
            log.exception("duty failed", action=duty.name)
        await asyncio.sleep(rest)
