"""Bearer tokens of an issuer: taken when signed by its keys, meant for us and still valid, else refused."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from shared.clock import Clock
from shared.errors import Unauthenticated
from shared.oidc import IssuerKeys, OidcVerifier, oidc_verifier
from shared.postgres import Database
from tests.fakes.oidc_issuer import AUDIENCE, OidcIssuer
from tests.http.application import Deeds, a_settings, build, calling
from tests.http.test_refused_input import is_problem


@pytest.fixture
async def issuer() -> AsyncIterator[OidcIssuer]:
    async with OidcIssuer().running() as running:
        yield running


@pytest.fixture
async def client(issuer: OidcIssuer, database: Database, deeds: Deeds) -> AsyncIterator[httpx.AsyncClient]:
    app = build(
        database, deeds, oidc_issuer=issuer.url, oidc_jwks_url=issuer.jwks_url, oidc_audience=AUDIENCE
    )
    async with calling(app) as calls:
        yield calls


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_takes_a_token(client: httpx.AsyncClient, issuer: OidcIssuer) -> None:
    headers = bearing(issuer.sign(issuer.claims()))
    assert (
        await client.post("/v1/notes", json={"division": "500104102"}, headers=headers)
    ).status_code == 201
    assert (await client.post("/v1/notes", json={"division": "500105"}, headers=headers)).status_code == 403
    is_problem(await client.get("/v1/failures/conflict", headers=headers), 403, "forbidden")
    assert issuer.asked == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"aud": None},
        {"iss": None},
        {"exp": 1_600_000_000},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": 4_000_000_000},
        {"sub": None},
    ],
)
async def test_refuses_claims(client: httpx.AsyncClient, issuer: OidcIssuer, changes: dict[str, Any]) -> None:
    answer = await client.get("/v1/notes", headers=bearing(issuer.sign(issuer.claims(**changes))))
    is_problem(answer, 401, "unauthenticated")


async def test_refuses_other_signatures(client: httpx.AsyncClient, issuer: OidcIssuer) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": "first"})
    claims = issuer.claims()
    good = issuer.sign(claims)
    head, body, signature = good.split(".")
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    tokens = [
        issuer.sign(claims, stranger),
        signed_with_the_public_key(issuer, body),
        unsigned,
        f"{head}.{issuer.sign(issuer.claims(division='500000')).split('.')[1]}.{signature}",
        f"{head}.{body}.",
        "a.b.c",
        ".." * 50,
        "x" * 5000,
    ]
    for token in tokens:
        is_problem(await client.get("/v1/notes", headers=bearing(token)), 401, "unauthenticated")


def signed_with_the_public_key(issuer: OidcIssuer, body: str) -> str:
    """The old trick: HS256 with the issuer's public key as the shared secret."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"first"}').rstrip(b"=").decode()
    secret = issuer.key.as_pem(private=False)
    signature = hmac.digest(secret, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize("division", [None, "", "everywhere", 500104, ["500104"]])
async def test_a_token_needs_a_division(
    client: httpx.AsyncClient, issuer: OidcIssuer, division: object
) -> None:
    answer = await client.get("/v1/notes", headers=bearing(issuer.sign(issuer.claims(division=division))))
    is_problem(answer, 403, "forbidden")


async def test_unknown_scopes_grant_nothing(client: httpx.AsyncClient, issuer: OidcIssuer) -> None:
    for changes in ({"scope": "openid everything"}, {"scope": None}, {"scope": None, "scp": [1, None]}):
        answer = await client.get("/v1/notes", headers=bearing(issuer.sign(issuer.claims(**changes))))
        is_problem(answer, 403, "forbidden")
    listed = issuer.sign(issuer.claims(scope=None, scp=["results:read"]))
    assert (await client.get("/v1/notes", headers=bearing(listed))).status_code == 200


async def test_new_keys_are_found_and_strangers_do_not_make_us_ask(issuer: OidcIssuer) -> None:
    verify = a_verifier(issuer)
    await verify(issuer.sign(issuer.claims()))
    stranger = RSAKey.generate_key(2048, {"kid": "unheard-of"})
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await verify(issuer.sign(issuer.claims(), stranger))
    assert issuer.asked == 1  # within the floor of the first request


async def test_a_rotated_key_is_taken_once_the_floor_has_passed(issuer: OidcIssuer) -> None:
    verify = a_verifier(issuer, refresh_floor_seconds=0.0)
    await verify(issuer.sign(issuer.claims()))
    issuer.rotate()
    principal = await verify(issuer.sign(issuer.claims()))
    assert principal.id == "oidc:officer-1"
    assert principal.kind == "token"
    assert issuer.asked == 2


async def test_keys_are_asked_for_once_by_many(issuer: OidcIssuer) -> None:
    verify = a_verifier(issuer)
    token = issuer.sign(issuer.claims())
    await asyncio.gather(*(verify(token) for _ in range(20)))
    assert issuer.asked == 1


async def test_an_issuer_that_is_away_is_no_reason_to_refuse(
    client: httpx.AsyncClient, issuer: OidcIssuer
) -> None:
    issuer.answers = False
    headers = bearing(issuer.sign(issuer.claims()))
    is_problem(await client.get("/v1/notes", headers=headers), 503, "unavailable")


async def test_known_keys_serve_while_the_issuer_is_away(issuer: OidcIssuer) -> None:
    verify = a_verifier(issuer, refresh_floor_seconds=0.0, stale_after_seconds=0.0)
    token = issuer.sign(issuer.claims())
    await verify(token)
    issuer.answers = False
    assert (await verify(token)).division == "500104"


async def test_shared_secrets_in_the_published_set_are_nobodys_key(issuer: OidcIssuer) -> None:
    secret = OctKey.generate_key(256, {"kid": "secret"})
    issuer.published.append(secret)
    with pytest.raises(Unauthenticated):
        await a_verifier(issuer)(issuer.sign(issuer.claims(), secret))


def test_half_a_configuration_is_an_error() -> None:
    with pytest.raises(ValueError, match="OIDC_JWKS_URL"):
        oidc_verifier(a_settings(oidc_issuer="https://id.example"), Clock())


def a_verifier(issuer: OidcIssuer, **keys: float) -> OidcVerifier:
    return OidcVerifier(
        issuer=issuer.url, audience=AUDIENCE, keys=IssuerKeys(issuer.jwks_url, **keys), clock=Clock()
    )
