"""A million results in one stream: how fast, and whether the service's memory stays as it was."""

import asyncio
import json
import time
from datetime import timedelta

import psutil

from benchmarks.bodies import results
from benchmarks.figures import Aim, Figure
from benchmarks.ground import Ground
from benchmarks.single_results import WRITTEN

ROWS = 1_000_000
WARM_ROWS = 50_000
ROWS_IN_A_PIECE = 1_000
APART = timedelta(microseconds=2_011)
"""So that a million were obtained within the last hour."""


async def measure(ground: Ground) -> list[Figure]:
    """Warm up with some rows, then stream a million, looking at the service's memory all the while."""
    port = await ground.start("testing")
    process = psutil.Process(ground.pid("testing"))
    await _stream(ground, port, WARM_ROWS, process)
    settled = process.memory_info().rss
    seconds, peak, told = await _stream(ground, port, ROWS, process)
    await ground.stop("testing")
    await ground.empty(*WRITTEN, "testing.outbox")
    return [
        Figure(
            "rows of one stream, 1 of 100 positive",
            "rows/s",
            [ROWS / seconds],
            notes=[f"{told['stored']:,} stored, acknowledged as they came"],
        ),
        Figure(
            f"memory that {ROWS:,} streamed rows take",
            "MB",
            [(peak - settled) / 1e6],
            aim=Aim("value at most", 64),
            notes=[f"{settled / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at most"],
        ),
    ]


async def _stream(
    ground: Ground, port: int, rows: int, process: psutil.Process
) -> tuple[float, int, dict[str, int]]:
    """Return seconds, the most memory that was seen, and the last acknowledgement."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /v1/results/stream HTTP/1.1\r\nHost: bench\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-ndjson\r\nX-API-Key: " + ground.key.encode() + b"\r\n\r\n"
    )
    started = time.perf_counter()
    peak, kept = process.memory_info().rss, dict[str, int]()

    async def send() -> None:
        made = results(100, apart=APART)
        for _ in range(rows // ROWS_IN_A_PIECE):
            piece = "".join(json.dumps(next(made)) + "\n" for _ in range(ROWS_IN_A_PIECE)).encode()
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    sending = asyncio.create_task(send())
    while line := await reader.readline():
        if not line.startswith(b"{"):
            continue
        answer = json.loads(line)
        peak = max(peak, process.memory_info().rss)
        if answer.get("kind") == "end":
            break
        if answer.get("kind") != "kept":
            raise RuntimeError(f"the stream was refused: {answer}")
        kept = answer
    await sending
    writer.close()
    return time.perf_counter() - started, peak, kept
