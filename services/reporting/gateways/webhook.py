"""One message to a webhook: signed by Standard Webhooks, sent to an address that was looked at.

Whoever may subscribe names the address, so it could name a machine of ours. A host is therefore resolved
here, refused when any of its addresses is a loopback or link-local one, and the connection goes to the very
address that was looked at. Private networks are allowed: district systems live there.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import httpx
from standardwebhooks import Webhook

from services.reporting.rules.webhook_retry import Outcome

SECONDS = 10.0
REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: `id` is the same at every attempt."""

    id: str
    url: str
    body: str
    secrets: Sequence[str]
    """What signs it: the secret, and for a day after its rotation the former one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it."""

    outcome: Outcome
    status: int | None = None
    reason: str | None = None


class WebhookSender:
    """Sends messages; close it when it is no longer needed."""

    def __init__(self, *, allow_local: bool) -> None:
        self._allow_local = allow_local
        self._client = httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def send(self, message: Message, now: datetime) -> Answer:
        """Send once and return what became of it; `now` is real time, which the receiver checks."""
        try:
            url = httpx.URL(message.url)
            address = await self._address(url)
        except (OSError, ValueError, httpx.InvalidURL) as error:
            return Answer(Outcome.REJECTED, reason=f"the host cannot be reached: {type(error).__name__}")
        if address is None:
            return Answer(Outcome.REJECTED, reason="the address is one of this machine or its link")
        return await self._post(message, url, address, now)

    async def _post(self, message: Message, url: httpx.URL, address: str, now: datetime) -> Answer:
        try:
            answer = await self._client.post(
                url.copy_with(host=address),
                content=message.body.encode(),
                headers={"host": url.netloc.decode("ascii"), **signed(message, now)},
                extensions={"sni_hostname": url.host},
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            return Answer(Outcome.REJECTED, reason=_words(error))
        except (httpx.HTTPError, ssl.SSLError) as error:
            return Answer(Outcome.UNKNOWN, reason=_words(error))
        if answer.is_success:
            return Answer(Outcome.ACCEPTED, answer.status_code)
        return Answer(Outcome.REJECTED, answer.status_code, f"answered {answer.status_code}")

    async def _address(self, url: httpx.URL) -> str | None:
        """The first address of the host; None when one of them may not be asked."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port)
        addresses = [str(one[4][0]).partition("%")[0] for one in found]
        if not self._allow_local and any(_is_local(address) for address in addresses):
            return None
        return addresses[0]


def _is_local(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip.is_multicast


def signed(message: Message, now: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks: id, time in whole seconds, a signature for each secret."""
    signatures = [Webhook(secret).sign(message.id, now, message.body) for secret in message.secrets]
    return {
        "content-type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
        "user-agent": "dutyclock",
    }


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:REASON_LENGTH].rstrip(": ")
