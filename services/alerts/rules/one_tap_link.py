"""The link in a page by which its person acknowledges with one tap, signed and with an end."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

_LONGEST_TOKEN = 400


class BadLink(Exception):
    """A token that we never made, or that was changed on its way."""


class ExpiredLink(Exception):
    """A token of ours that is too old."""


@dataclass(frozen=True, slots=True)
class LinkSigner:
    """Makes and reads the tokens; they hold the page's id and the end, and nothing about anybody.

    Whoever holds a token can acknowledge that one page and see what it lists, as the person paged would.
    The time is passed in, never read: a drill's clock and a link agree.
    """

    secrets: tuple[str, ...]
    """The newest last signs; the others are still accepted, so that the key can be replaced."""
    public_url: str
    lifetime: timedelta = timedelta(days=3)

    def link(self, page_id: UUID, now: datetime) -> str:
        """Return the address that is put into the message."""
        return f"{self.public_url.rstrip('/')}/a/{self.token(page_id, now)}"

    def token(self, page_id: UUID, now: datetime) -> str:
        """Return the signed token of a page."""
        until = int((now + self.lifetime).timestamp())
        return str(self.serializer().dumps([page_id.hex, until]))

    def read(self, token: str, now: datetime) -> UUID:
        """Return the page's id; raises BadLink or ExpiredLink."""
        if len(token) > _LONGEST_TOKEN:
            raise BadLink
        try:
            page, until = self.serializer().loads(token)
            page_id, end = UUID(hex=page), datetime.fromtimestamp(until, UTC)
        except (BadData, ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise BadLink from None
        if now > end:
            raise ExpiredLink
        return page_id

    def serializer(self) -> URLSafeSerializer:
        """Return what signs and checks, with a salt that keeps other uses of the same key apart."""
        return URLSafeSerializer(
            list(self.secrets),
            salt="page-acknowledgement",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
