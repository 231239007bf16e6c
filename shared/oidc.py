"""OpenID Connect bearer tokens: signed by the issuer's published keys, meant for us, and still valid."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.util import to_bytes

from shared.access import Principal, Scope
from shared.clock import Clock
from shared.divisions import CODE_PATTERN
from shared.errors import Forbidden, Unauthenticated, Unavailable
from shared.settings import Settings

log = structlog.get_logger()

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519")
"""Signatures with a public key only: neither `none` nor a shared secret is ever taken."""

LEEWAY_SECONDS = 30
REFRESH_FLOOR_SECONDS = 30.0
KEYS_STALE_AFTER_SECONDS = 600.0
JWKS_LIMIT_BYTES = 262_144


class IssuerKeys:
    """The issuer's key set, fetched when first needed, every ten minutes, and on a key id not seen before.

    An unknown key id causes at most one request in 30 seconds, so strangers cannot make us hammer the
    issuer. While the issuer is away the last keys go on serving.
    """

    def __init__(
        self,
        url: str,
        *,
        refresh_floor_seconds: float = REFRESH_FLOOR_SECONDS,
        stale_after_seconds: float = KEYS_STALE_AFTER_SECONDS,
    ) -> None:
        self._url = url
        self._floor = refresh_floor_seconds
        self._stale_after = stale_after_seconds
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")
        self._fetched_at = float("-inf")
        self._asking = asyncio.Lock()

    async def current(self) -> KeySet:
        """Return the keys; raises Unavailable if the issuer has never answered."""
        if self._keys is None or time.monotonic() - self._fetched_at > self._stale_after:
            await self._refresh()
        return self._known()

    async def after_unknown_key(self) -> KeySet:
        """Return the keys, asked for anew unless that has just been done."""
        await self._refresh()
        return self._known()

    def _known(self) -> KeySet:
        if self._keys is None:
            raise Unavailable("The issuer of tokens does not answer; API keys work on.")
        return self._keys

    async def _refresh(self) -> None:
        async with self._asking:
            wait = 1.0 if self._keys is None else self._floor
            if time.monotonic() - self._asked_at < wait:
                return
            self._asked_at = time.monotonic()
            try:
                self._keys = _public_keys(await self._fetch())
                self._fetched_at = time.monotonic()
            except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
                log.warning("issuer keys not read", action="refresh_issuer_keys", reason=type(error).__name__)

    async def _fetch(self) -> Mapping[str, Any]:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(self._url, headers={"Accept": "application/json"})
        answer.raise_for_status()
        if len(answer.content) > JWKS_LIMIT_BYTES:
            raise ValueError("the key set is too large")
        return cast("Mapping[str, Any]", answer.json())


def _public_keys(document: Mapping[str, Any]) -> KeySet:
    """Take the signing keys only; a shared secret in a published set is nobody's key."""
    usable = [
        key
        for key in cast("Sequence[Mapping[str, Any]]", document["keys"])
        if key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set(cast("Any", {"keys": usable}))


class OidcVerifier:
    """Turns a bearer token into its principal: callable as the `tokens` of `Access`."""

    def __init__(
        self, *, issuer: str, audience: str, keys: IssuerKeys, clock: Clock, division_claim: str = "division"
    ) -> None:
        """`clock` must run in real time, as the issuer's does, also while a drill runs fast."""
        self._keys = keys
        self._division_claim = division_claim
        self._claims = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def __call__(self, text: str) -> Principal:
        """Return the principal.

        Raises Unauthenticated for what is not signed, not valid now or not meant for us; Forbidden for a
        token that names no division; Unavailable if the issuer's keys have never been read.
        """
        try:
            claims = await self._verified_claims(text)
            self._claims.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            log.info("token refused", action="verify_token", reason=type(error).__name__)
            raise Unauthenticated("This token is not valid here, or not any more.") from None
        division = claims.get(self._division_claim)
        if not isinstance(division, str) or not re.fullmatch(CODE_PATTERN, division, re.ASCII):
            raise Forbidden(f"The token's claim {self._division_claim} names no division.")
        subject = str(claims["sub"])
        name = str(claims.get("name") or claims.get("preferred_username") or subject)
        return Principal(f"oidc:{subject}", name, division, _scopes(claims), "token")

    async def _verified_claims(self, text: str) -> dict[str, Any]:
        # The header is read before anything is fetched: what is no token at all never costs a request.
        header = jws.extract_compact(to_bytes(text)).headers()
        if header.get("alg") not in ALGORITHMS:
            raise ValueError("algorithm not taken")
        keys = await self._keys.current()
        try:
            keys.get_by_kid(header.get("kid"))
        except InvalidKeyIdError:
            keys = await self._keys.after_unknown_key()
        return dict(jwt.decode(text, keys, algorithms=ALGORITHMS).claims)


def oidc_verifier(settings: Settings, clock: Clock) -> OidcVerifier | None:
    """Return the verifier that the settings describe, None without an issuer.

    Raises ValueError when the issuer is set and its keys or our audience are not.
    """
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_jwks_url is None or settings.oidc_audience is None:
        raise ValueError("DUTYCLOCK_OIDC_ISSUER needs DUTYCLOCK_OIDC_JWKS_URL and DUTYCLOCK_OIDC_AUDIENCE")
    return OidcVerifier(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        keys=IssuerKeys(settings.oidc_jwks_url),
        clock=clock,
        division_claim=settings.oidc_division_claim,
    )


def _scopes(claims: Mapping[str, Any]) -> frozenset[Scope]:
    """Take our scopes from the token (`scope` as text, or `scp` as a list); others mean nothing here."""
    granted = claims.get("scope") or claims.get("scp") or ""
    words = cast("Sequence[Any]", granted.split() if isinstance(granted, str) else granted)
    known = {scope.value: scope for scope in Scope}
    return frozenset(known[word] for word in words if isinstance(word, str) and word in known)
