"""The outbox: events leave a transaction as rows of its own schema; `shared/relay.py` takes them to the bus.

The headers are written once, here, as the lines that NATS sends: the relay adds what makes a batch of them
and passes them on unread.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.contracts.envelope import Envelope
from shared.postgres import Connection
from shared.traces import current_traceparent

PUT = """
INSERT INTO outbox (event_id, subject, headers, body, created_at)
SELECT event_id, subject, headers, body, $5
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) AS row (event_id, subject, headers, body)
"""


async def put(connection: Connection, envelopes: Sequence[Envelope], *, now: datetime) -> None:
    """Write events into the outbox of the schema, within the caller's transaction."""
    if not envelopes:
        return
    traceparent = current_traceparent()
    headers = [envelope.headers() for envelope in envelopes]
    if traceparent:
        for header in headers:
            header.setdefault("traceparent", traceparent)
    await connection.execute(
        PUT,
        [envelope.id for envelope in envelopes],
        [envelope.nats_subject() for envelope in envelopes],
        [header_lines(header) for header in headers],
        [envelope.data for envelope in envelopes],
        now,
    )


def header_lines(headers: Mapping[str, str]) -> str:
    """Return headers as NATS sends them, a line each; raises ValueError for a value that is more than one."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers):
        raise ValueError("a header's value holds a line break")
    return lines


def read_headers(lines: str) -> dict[str, str]:
    """Return what `header_lines` wrote as a mapping again."""
    pairs = (line.partition(": ") for line in lines.split("\r\n") if line)
    return {name: value for name, _, value in pairs}
