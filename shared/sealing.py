"""Sealing at rest: what must be readable again and must not lie open in the database (AES-256-GCM)."""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import SealingKeyUnset

_VERSION = 1
_KEY_BYTES = 32
_NONCE_BYTES = 12


VARIABLE = "DUTYCLOCK_SEALING_KEYS"
"""Where an operator sets the keys."""


class Unsealable(Exception):
    """What was sealed cannot be opened: its key is not set any more, or the bytes were changed or moved."""


class KeyUnset(SealingKeyUnset, Unsealable):
    """Its key is not set any more; it opens again once an operator sets it."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"The sealing key {key_id!r} is not set. An operator must add it to {VARIABLE}, behind the"
            " present one, and start the service anew."
        )


class Sealer:
    """Seals with the first of its keys and opens with any of them, so that keys can be replaced one by one.

    To rotate, put a new key in front, reseal what others sealed (`shared/resealing.py`), remove the old key.
    `purpose` is bound into the seal: bytes copied into another row or column do not open there.
    """

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        """Raise ValueError when there is no key, a key is not 32 bytes, or an id is doubled or too long."""
        if not keys:
            raise ValueError("no sealing key is set")
        self._keys = dict(keys)
        if len(self._keys) != len(keys):
            raise ValueError("two sealing keys carry the same id")
        for key_id, key in keys:
            if not key_id or len(key_id.encode()) > 255:
                raise ValueError("a sealing key's id has 1 to 255 bytes")
            if len(key) != _KEY_BYTES:
                raise ValueError(f"sealing key {key_id!r} must have {_KEY_BYTES} bytes, not {len(key)}")
        self._current = keys[0][0]

    @classmethod
    def parse(cls, text: str) -> "Sealer":
        """Read `id:base64,id:base64`, the first of which seals; raises ValueError that never shows a key."""
        keys: list[tuple[str, bytes]] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            key_id, _, encoded = part.partition(":")
            try:
                keys.append((key_id, base64.b64decode(encoded, validate=True)))
            except binascii.Error:
                raise ValueError(f"sealing key number {len(keys) + 1} is not `id:base64`") from None
        return cls(keys)

    def seal(self, text: str, *, purpose: str) -> bytes:
        """Return `text` sealed with the current key, the key's id in front."""
        head = self.mark()
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._keys[self._current]).encrypt(nonce, text.encode(), head + purpose.encode())
        return head + nonce + sealed

    def open(self, sealed: bytes, *, purpose: str) -> str:
        """Return the text; raises KeyUnset, or Unsealable when purpose or bytes do not fit."""
        key_id, head, rest = _parts(sealed)
        key = self._keys.get(key_id)
        if key is None:
            raise KeyUnset(key_id)
        try:
            nonce, sealed_text = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
            return AESGCM(key).decrypt(nonce, sealed_text, head + purpose.encode()).decode()
        except (InvalidTag, ValueError):
            raise Unsealable("the sealed bytes were changed, or belong elsewhere") from None

    def needs_resealing(self, sealed: bytes) -> bool:
        """Tell whether another key than the current one sealed this."""
        return _parts(sealed)[0] != self._current

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._current

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all keys that open."""
        return frozenset(self._keys)

    def mark(self) -> bytes:
        """Return what every seal of the current key begins with, so that SQL finds the others."""
        return mark_of(self._current)

    def fingerprint(self, text: str, *, purpose: str) -> bytes:
        """Return a keyed hash (32 bytes) under the current key: equal texts can be found unopened."""
        return _fingerprint(self._keys[self._current], text, purpose)

    def fingerprints(self, text: str, *, purpose: str) -> tuple[bytes, ...]:
        """Return the keyed hashes under all keys, for a look-up while a rotation is under way."""
        return tuple(_fingerprint(key, text, purpose) for key in self._keys.values())


def mark_of(key_id: str) -> bytes:
    """Return what every seal of a key begins with."""
    return bytes((_VERSION, len(key_id.encode()))) + key_id.encode()


def _parts(sealed: bytes) -> tuple[str, bytes, bytes]:
    if len(sealed) < 2 or sealed[0] != _VERSION or len(sealed) < 2 + sealed[1] + _NONCE_BYTES:
        raise Unsealable("these bytes are no seal")
    end = 2 + sealed[1]
    return sealed[2:end].decode(errors="replace"), sealed[:end], sealed[end:]


def _fingerprint(key: bytes, text: str, purpose: str) -> bytes:
    return hmac.digest(_derived(key, purpose), text.encode(), hashlib.sha256)


@lru_cache(maxsize=256)
def _derived(key: bytes, purpose: str) -> bytes:
    """Return a key for this purpose's hashes alone: they give nothing away about what AES-GCM uses."""
    return hmac.digest(key, b"fingerprint\x1f" + purpose.encode(), hashlib.sha256)
