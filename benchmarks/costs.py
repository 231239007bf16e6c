"""What work costs in processor time: of the service and of PostgreSQL, whatever others do meanwhile."""

from dataclasses import dataclass

import psutil

from benchmarks.ground import Ground


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time: seconds so far, or microseconds for each row."""

    service: float
    postgres: float

    @classmethod
    def now(cls, ground: Ground, service: str = "testing") -> "Cost":
        """Read what both have used; sessions that have ended meanwhile are not counted."""
        server = psutil.Process(ground.postgres.child.pid)
        return cls(
            _seconds(psutil.Process(ground.pid(service))),
            sum(_seconds(process) for process in (server, *server.children(recursive=True))),
        )

    def since(self, before: "Cost", rows: int) -> "Cost":
        """Return what was used since, in microseconds a row."""
        return Cost(
            1e6 * (self.service - before.service) / rows, 1e6 * (self.postgres - before.postgres) / rows
        )


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
