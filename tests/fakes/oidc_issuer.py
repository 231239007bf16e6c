"""An issuer of tokens: a real HTTP server that publishes its keys and signs what it is told to."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

AUDIENCE = "dutyclock"


class OidcIssuer:
    """Publishes what is in `published`, counts who asks, and can be taken away."""

    def __init__(self) -> None:
        self.key: RSAKey | ECKey = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.published: list[RSAKey | ECKey | OctKey] = [self.key]
        self.asked = 0
        self.answers = True
        self.url = ""

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/jwks.json"

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one stays published."""
        self.key = ECKey.generate_key("P-256", {"kid": "second", "use": "sig"})
        self.published.append(self.key)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a valid token of Dadukou District; None takes one away."""
        now = int(datetime.now(UTC).timestamp())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "officer-1",
            "name": "王主任",
            "iat": now,
            "exp": now + 300,
            "scope": "openid results:write results:read",
            "division": "500104",
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def sign(
        self, claims: Mapping[str, Any], key: RSAKey | ECKey | OctKey | None = None, **header: Any
    ) -> str:
        """Return the token."""
        signer = key or self.key
        algorithm = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[signer.key_type]
        whole = {"alg": algorithm, "kid": signer.kid, **header}
        return jwt.encode(whole, dict(claims), signer, algorithms=[algorithm])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            self.asked += 1
            body = orjson.dumps(KeySet(list(self.published)).as_dict(private=False))
            status = b"200 OK" if self.answers else b"503 Service Unavailable"
            writer.write(b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nConnection: close\r\n" % status)
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["OidcIssuer"]:
        """Serve on a free port."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self
