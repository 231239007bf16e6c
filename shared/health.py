"""`/health`: the process is alive. `/ready`: what it needs is there. `/metrics`: its figures."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import structlog
from litestar import Response, get
from litestar.types import ControllerRouterHandler

from shared.admission import OPEN, UNMETERED
from shared.errors import DutyclockError, FieldProblem
from shared.http_metrics import HttpMetrics
from shared.postgres import Database, Record

log = structlog.get_logger()

APPLIED = "SELECT migration_id FROM public._pogo_migration WHERE schema_name = current_schema()"

_ASKED_BY_THE_PLATFORM = {OPEN: True, UNMETERED: True}


@dataclass(frozen=True, slots=True)
class ReadinessCheck:
    """Something that a service needs: `check` returns when it is there and raises when it is not."""

    name: str
    check: Callable[[], Awaitable[object]]
    timeout_seconds: float = 2.0


class NotReady(DutyclockError):
    """The process is alive, and what it needs is not all there."""

    status = 503
    slug = "not-ready"

    @property
    def retry_after_seconds(self) -> int:
        """Look again after two seconds."""
        return 2


def database_check(database: Database) -> ReadinessCheck:
    """Return the check that the database answers."""

    async def check() -> None:
        async with database.connection() as connection:
            await connection.fetchval("SELECT 1")

    return ReadinessCheck("database", check)


def migrations_check(database: Database, *folders: Path) -> ReadinessCheck:
    """Return the check that every migration of the folders has been applied to the service's schema."""
    expected = {file.stem for folder in folders for file in folder.glob("*.sql")}

    async def check() -> None:
        async with database.connection() as connection:
            rows = cast("list[Record]", await connection.fetch(APPLIED))
        missing = expected - {str(row["migration_id"]) for row in rows}
        if missing:
            raise DutyclockError(f"migrations not applied: {', '.join(sorted(missing))}")

    return ReadinessCheck("migrations", check)


async def run_checks(checks: Sequence[ReadinessCheck]) -> dict[str, int]:
    """Run all checks side by side and return how many milliseconds each took.

    Raises NotReady with the name and reason of each that failed or took longer than its timeout.
    """
    outcomes = await asyncio.gather(*(_run(check) for check in checks))
    failed = [
        FieldProblem(check.name, out)
        for check, out in zip(checks, outcomes, strict=True)
        if isinstance(out, str)
    ]
    if failed:
        log.warning("not ready", action="check_readiness", failed=[one.field for one in failed])
        raise NotReady("Something that this service needs is not there.", problems=failed)
    return {check.name: cast("int", out) for check, out in zip(checks, outcomes, strict=True)}


async def _run(check: ReadinessCheck) -> int | str:
    """Milliseconds, or the reason why not; an error that is not ours is named by its kind only."""
    started = time.perf_counter()
    try:
        async with asyncio.timeout(check.timeout_seconds):
            await check.check()
    except TimeoutError:
        return f"no answer within {check.timeout_seconds:g} s"
    except DutyclockError as error:
        return error.detail
    except Exception as error:
        log.warning("check failed", action="check_readiness", check=check.name, exc_info=error)
        return type(error).__name__
    return round((time.perf_counter() - started) * 1000)


def health_routes(
    service: str, version: str, checks: Sequence[ReadinessCheck], metrics: HttpMetrics
) -> list[ControllerRouterHandler]:
    """Return the routes that the platform asks: without a key, and never refused for their number."""

    @get("/health", opt=_ASKED_BY_THE_PLATFORM, tags=["platform"], sync_to_thread=False)
    def health() -> dict[str, str]:
        """Tell that the process is alive."""
        return {"status": "alive", "service": service, "version": version}

    @get("/ready", opt=_ASKED_BY_THE_PLATFORM, tags=["platform"])
    async def ready() -> dict[str, Any]:
        """Tell whether everything is there that the service needs, with milliseconds for each check."""
        return {"status": "ready", "service": service, "checks": await run_checks(checks)}

    @get(
        "/metrics",
        opt=_ASKED_BY_THE_PLATFORM,
        tags=["platform"],
        media_type="text/plain",
        sync_to_thread=False,
    )
    def show_metrics() -> Response[bytes]:
        """Return the figures in Prometheus' text format."""
        return Response(
            metrics.expose(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )

    return [health, ready, show_metrics]
