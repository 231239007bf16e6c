"""Lines in, lines out, while both are under way: a body of any length is answered as it comes.

What came complete is handed on as soon as whoever takes it is free, so a slow sender's line does not wait
and a fast sender's lines come by the thousand. Answers to a sender that reads none until it has sent all
wait in a file: neither of both then waits for the other for ever, and memory stays flat.
"""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from enum import Enum
from typing import Any, TypeAlias, cast

import orjson
import structlog
from litestar import Request, Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from shared.bodies import ClientGone
from shared.errors import DutyclockError, MalformedInput, TooLarge, Unavailable
from shared.problems import as_refusal, problem_document
from shared.strict_json import NDJSON

log = structlog.get_logger()

LINES_TOGETHER = 2_000
LONGEST_LINE_BYTES = 64 * 1024
PIECES_AHEAD = 16
"""Pieces of a body, of 64 kB each, that may wait to be taken."""
PIECE_BYTES = 64 * 1024
HELD_IN_MEMORY_BYTES = 1024 * 1024
PATIENCE_SECONDS = 300.0
"""How long nothing may come before a stream is given up."""


class _Why(Enum):
    """Why no piece of a body follows."""

    COMPLETE = "complete"
    GONE = "gone"
    ENDING = "ending"


_Pieces: TypeAlias = "asyncio.Queue[bytes | _Why]"
Lines = AsyncIterator[Sequence[bytes]]
Work = Callable[[Lines], AsyncGenerator[bytes, None]]


class LineStream(Response[bytes]):
    """An answer of lines that is written while the body is read.

    `work` is given the body's lines, some at a time, and yields what is answered; each piece ends in a line
    break. What it raises before its first piece is answered as any refusal; later, it becomes a last line
    `{"problem": …}`, for the status has been sent by then. `ending` says that the service is about to end.
    """

    def __init__(self, work: Work, ending: asyncio.Event) -> None:
        super().__init__(b"", media_type=NDJSON)
        self._work = work
        self._ending = ending

    def to_asgi_response(self, *arguments: Any, **options: Any) -> ASGIResponse:
        """Return the application that reads and answers."""
        request = cast("Request[Any, Any, Any]", options.get("request") or arguments[1])
        return cast("ASGIResponse", _Exchange(self._work, self._ending, request))


class _Exchange:
    """One request under way in both directions."""

    def __init__(self, work: Work, ending: asyncio.Event, request: Request[Any, Any, Any]) -> None:
        self._work = work
        self._ending = ending
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pieces: _Pieces = asyncio.Queue(PIECES_AHEAD)
        feeding = [
            asyncio.create_task(_read(receive, pieces)),
            asyncio.create_task(_watch(self._ending, pieces)),
        ]
        answers = self._work(_lines(pieces))
        spool = _Spool()
        try:
            first = await anext(answers, b"")
            await send(_start())
            answering = asyncio.create_task(self._answer(first, answers, spool))
            try:
                async for piece in spool.pieces():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
        finally:
            for task in feeding:
                task.cancel()
            await answers.aclose()
            spool.close()

    async def _answer(self, first: bytes, answers: AsyncGenerator[bytes, None], spool: "_Spool") -> None:
        try:
            spool.put(first)
            async for piece in answers:
                spool.put(piece)
        except ClientGone:
            pass  # nobody reads on
        except Exception as error:
            spool.put(self._last_line(error))
        finally:
            spool.end()

    def _last_line(self, error: Exception) -> bytes:
        refused = as_refusal(error, self._request)
        if not isinstance(error, DutyclockError):
            log.error("stream failed", action="stream-lines", exc_info=error)
        request_id = cast("str", self._request.scope.get("state", {}).get("request_id", ""))
        return orjson.dumps({"problem": problem_document(refused, request_id)}) + b"\n"


def _start() -> Any:
    return {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", NDJSON.encode("ascii"))],
    }


async def _read(receive: Receive, pieces: _Pieces) -> None:
    """Put the body's pieces into the queue, and at the end whether it came whole."""
    while True:
        message = cast("Any", await receive())
        if message["type"] == "http.disconnect":
            return await pieces.put(_Why.GONE)
        if message["body"]:
            await pieces.put(message["body"])
        if not message["more_body"]:
            return await pieces.put(_Why.COMPLETE)


async def _watch(ending: asyncio.Event, pieces: _Pieces) -> None:
    """Put in that the service is about to end, behind what has come by then."""
    await ending.wait()
    await pieces.put(_Why.ENDING)


async def _lines(pieces: _Pieces) -> AsyncIterator[list[bytes]]:
    """Yield the lines that are there, never waiting for more of them.

    Raises ClientGone when the body was cut off, TooLarge for a line without an end, MalformedInput when
    nothing has come for five minutes, Unavailable when the service is about to end.
    """
    rest, why = b"", None
    while why is None:
        piece, why = await _next_pieces(pieces)
        body, _, rest = (rest + piece).rpartition(b"\n")
        if why is _Why.COMPLETE:
            body, rest = b"\n".join((body, rest)), b""
        if len(rest) > LONGEST_LINE_BYTES:
            raise TooLarge(f"A line is longer than {LONGEST_LINE_BYTES} bytes.")
        lines = [line for line in body.split(b"\n") if line.strip()]
        for start in range(0, len(lines), LINES_TOGETHER):
            yield lines[start : start + LINES_TOGETHER]
    if why is _Why.ENDING:
        raise Unavailable("The service is ending; send again what was not acknowledged.")


async def _next_pieces(pieces: _Pieces) -> tuple[bytes, _Why | None]:
    """Wait for a piece, and return it with those that lie behind it, and why none follow, if that is so."""
    taken = list[bytes]()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            piece = await pieces.get()
    except TimeoutError:
        raise MalformedInput("Nothing has come for five minutes.") from None
    while not isinstance(piece, _Why):
        taken.append(piece)
        if pieces.empty():
            return b"".join(taken), None
        piece = pieces.get_nowait()
    if piece is _Why.GONE:
        raise ClientGone("The connection closed before the body was complete.")
    return b"".join(taken), piece


class _Spool:
    """What was answered and not read yet: in memory, and beyond a megabyte in a file."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=HELD_IN_MEMORY_BYTES)  # noqa: SIM115  # see close
        self._written = self._taken = 0
        self._ended = False
        self._news = asyncio.Event()

    def put(self, piece: bytes) -> None:
        """Keep a piece for the reader."""
        self._file.seek(self._written)
        self._written += self._file.write(piece)
        self._news.set()

    def end(self) -> None:
        """Say that nothing more will be put."""
        self._ended = True
        self._news.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what was put, until the end."""
        while True:
            if self._taken < self._written:
                self._file.seek(self._taken)
                piece = self._file.read(PIECE_BYTES)
                self._taken += len(piece)
                if self._taken == self._written:
                    self._file.seek(0)
                    self._file.truncate()
                    self._written = self._taken = 0
                yield piece
            elif self._ended:
                return
            else:
                self._news.clear()
                await self._news.wait()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
