"""The load generator: raw sockets, keep-alive, requests encoded beforehand, a process of its own.

A closed loop over many connections (one request under way on each), or an open loop at a fixed rate whose
schedule does not wait for slow answers. It costs some ten microseconds a request, which its report states.
`python -m benchmarks.load ORDER.json` carries an order out and prints the report as JSON.
"""

import json
import select
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import percentile
from benchmarks.ground import Ground, run_program


@dataclass(frozen=True, slots=True)
class Order:
    """What to send: one body a line in `bodies`; `rate_per_second` zero is a closed loop."""

    port: int
    path: str
    key: str
    bodies: str
    connections: int
    seconds: float
    rate_per_second: float = 0.0
    timings: str = ""
    """Where to write, body by body, the wall times of sending and of the answer; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it; the rate counts answers 200 and 201 only."""

    seconds: float
    answers: dict[str, int]
    p50_ms: float
    p99_ms: float
    generator_cpu_seconds: float

    @property
    def accepted(self) -> int:
        """How many requests were answered 200 or 201."""
        return self.answers.get("200", 0) + self.answers.get("201", 0)

    @property
    def per_second(self) -> float:
        """Accepted requests per second."""
        return self.accepted / self.seconds


async def run_load(ground: Ground, order: Order) -> Report:
    """Carry the order out in a process of its own; raises RuntimeError when nothing was accepted."""
    file = ground.folder / "order.json"
    file.write_text(json.dumps(asdict(order)), "utf-8")
    printed = await run_program(sys.executable, "-m", "benchmarks.load", file)
    report = Report(**json.loads(printed.strip().rpartition("\n")[2]))
    if not report.accepted:
        raise RuntimeError(f"no request was accepted: {report.answers}")
    return report


class _Connection:
    """A keep-alive connection with at most one request under way."""

    __slots__ = ("_buffer", "_wanted", "sent", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent = -1
        self.sent_at = 0.0
        self._buffer = b""
        self._wanted = 0

    def send(self, number: int, request: bytes) -> None:
        self.sent = number
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> str | None:
        """Return the status once the whole answer is there."""
        data = self.socket.recv(1 << 20)
        if not data:
            raise RuntimeError("the service closed the connection")
        self._buffer = self._buffer + data if self._buffer else data
        if not self._wanted:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            place = self._buffer.lower().find(b"content-length: ", 0, end)
            length = int(self._buffer[place + 16 : self._buffer.find(b"\r\n", place)]) if place > 0 else 0
            self._wanted = end + 4 + length
        if len(self._buffer) < self._wanted:
            return None
        status = self._buffer[9:12].decode()
        self._buffer, self._wanted = b"", 0
        return status


class _Generator:
    def __init__(self, order: Order) -> None:
        lines = Path(order.bodies).read_bytes().splitlines()
        self.requests = [_encode(order, line) for line in lines]
        self.connections = {
            connection.socket.fileno(): connection
            for connection in (_Connection(order.port) for _ in range(order.connections))
        }
        self.order = order
        self.idle = list(self.connections.values())
        self.poll = select.epoll()
        for number in self.connections:
            self.poll.register(number, select.EPOLLIN)
        self.next = 0
        self.answers: dict[str, int] = {}
        self.latencies: list[float] = []
        self.timings: list[tuple[int, float, float]] = []
        self.last_answer = 0.0

    def run(self) -> Report:
        cpu = time.process_time()
        started = time.perf_counter()
        wall = time.time() - started
        end = started + self.order.seconds
        while True:
            now = time.perf_counter()
            allowed = self._allowed(now, started) if now < end else self.next
            self._send(allowed)
            if len(self.idle) == len(self.connections) and (now >= end or self.next == len(self.requests)):
                break
            self._receive(0.001 if self.order.rate_per_second else 1.0, wall)
        if self.order.timings:
            Path(self.order.timings).write_text(json.dumps(self.timings), "utf-8")
        return Report(
            seconds=self.last_answer - started,
            answers=self.answers,
            p50_ms=1000 * percentile(self.latencies, 0.5),
            p99_ms=1000 * percentile(self.latencies, 0.99),
            generator_cpu_seconds=time.process_time() - cpu,
        )

    def _allowed(self, now: float, started: float) -> int:
        if not self.order.rate_per_second:
            return len(self.requests)
        return min(len(self.requests), int((now - started) * self.order.rate_per_second) + 1)

    def _send(self, allowed: int) -> None:
        while self.idle and self.next < allowed:
            connection = self.idle.pop()
            connection.send(self.next, self.requests[self.next])
            self.next += 1

    def _receive(self, seconds: float, wall: float) -> None:
        for number, _ in self.poll.poll(seconds):
            connection = self.connections[number]
            status = connection.receive()
            if status is None:
                continue
            now = self.last_answer = time.perf_counter()
            self.answers[status] = self.answers.get(status, 0) + 1
            self.latencies.append(now - connection.sent_at)
            if self.order.timings:
                self.timings.append((connection.sent, wall + connection.sent_at, wall + now))
            self.idle.append(connection)


def _encode(order: Order, body: bytes) -> bytes:
    head = (
        f"POST {order.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {order.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def main() -> None:
    """Carry out the order in the file that is named on the command line."""
    fields: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    report = _Generator(Order(**fields)).run()
    print(json.dumps(asdict(report)))


if __name__ == "__main__":
    main()
