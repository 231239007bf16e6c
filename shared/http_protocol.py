"""HTTP as uvicorn reads it, except that bytes which are no HTTP are answered as every other mistake is."""

import secrets

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.errors import MalformedInput
from shared.problems import PROBLEM_JSON, problem_document


class ProblemProtocol(HttpToolsProtocol):
    """Answers what never becomes a request, such as contradictory lengths, with a problem document."""

    def send_400_response(self, msg: str) -> None:
        """Answer and close; uvicorn itself would answer `msg` as plain text, and has logged it."""
        request_id = secrets.token_hex(16)
        refused = MalformedInput("What came is no HTTP/1.1 request: first line, headers or body length.")
        body = orjson.dumps(problem_document(refused, request_id))
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            f"content-type: {PROBLEM_JSON}\r\n"
            f"content-length: {len(body)}\r\n"
            "x-content-type-options: nosniff\r\n"
            "cache-control: no-store\r\n"
            f"request-id: {request_id}\r\n"
            "connection: close\r\n"
            "\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
