"""What an operator sets through the environment; read once by `__main__` and `app`, values are passed on.

Names begin with DUTYCLOCK_, except the two that every platform knows: DATABASE_URL and NATS_URL.
"""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import (
    AliasChoices,
    AwareDatetime,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.bus_address import BusAddress
from shared.clock import Clock
from shared.yaml_files import read_yaml

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "DUTYCLOCK_"
SECRETS_FOLDER = "DUTYCLOCK_SECRETS_FOLDER"
"""Names a folder with a file for each secret, called like its variable in small letters: `database_url`."""
_MESSAGES = Path(__file__).parent / "messages" / "settings.yaml"


class Settings(BaseSettings):
    """Settings that all four services share."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    database_url: Annotated[SecretStr, Field(validation_alias=AliasChoices("DATABASE_URL", "database_url"))]
    nats_url: Annotated[SecretStr, Field(validation_alias=AliasChoices("NATS_URL", "nats_url"))]
    """One server of NATS, or several of a cluster, each with its scheme, with commas between them."""
    nats_ca_file: FilePath | None = None
    """Certificates of the authority that signed those of NATS, for addresses with `tls://`."""
    stream_replicas: int = Field(1, ge=1, le=5)
    """On how many servers of a cluster each stream is kept: 3 for three. The same for all services."""
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    """The address under which people reach this service, for links in pages; host and port otherwise."""
    tls_certificate_file: FilePath | None = None
    """The service's certificate; with its key, the service is reached over TLS alone."""
    tls_key_file: FilePath | None = None
    trusted_proxies: str = ""
    """Whose word about a caller's address is believed: addresses and networks, with commas, or `*`."""
    policy_folder: Path = PROJECT / "policies" / "chongqing-2021-winter"
    divisions_file: Path = PROJECT / "data" / "divisions-chongqing.csv"
    divisions_under: Annotated[tuple[str, ...], NoDecode] = ()
    """The installation is of these divisions and all below them, with commas: `500104`; of all by default."""
    institutions_file: Path = PROJECT / "data" / "institutions-chongqing.csv"
    clock_origin: AwareDatetime | None = None
    clock_anchor: AwareDatetime | None = None
    clock_rate: float = Field(1.0, gt=0)
    log_level: str = "INFO"
    database_pool_size: int = Field(10, ge=2, le=200)
    secret_key: SecretStr = SecretStr("")
    """Signs links and cursors; `dutyclock up` makes one, elsewhere it must be set."""
    former_secret_keys: SecretStr = SecretStr("")
    """What `secret_key` was before, one a line, the newest first: their links and codes are still taken."""
    sealing_keys: SecretStr = SecretStr("")
    """Keys that seal contact channels and personal data at rest: `id:base64,id:base64`, the first seals."""
    body_limit_bytes: int = 1_048_576
    rate_limit_per_minute: int = 60_000
    anonymous_rate_limit_per_minute: int = 6_000
    """For each address: calls without a key, and keys not verified yet."""
    access_cache_seconds: float = 5.0
    oidc_issuer: str | None = None
    oidc_jwks_url: str | None = None
    oidc_audience: str | None = None
    oidc_division_claim: str = "division"

    def bus_address(self) -> BusAddress:
        """Return where the bus is and how it is to be used."""
        return BusAddress(self.nats_url.get_secret_value(), self.nats_ca_file, self.stream_replicas)

    def signing_keys(self) -> tuple[str, ...]:
        """Return the keys that links and codes are checked with; the first, which may be empty, signs."""
        former = self.former_secret_keys.get_secret_value().splitlines()
        return (self.secret_key.get_secret_value(), *(key.strip() for key in former if key.strip()))

    @field_validator("divisions_under", mode="before")
    @classmethod
    def _part_at_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(code.strip() for code in value.split(",") if code.strip())

    def clock(self) -> Clock:
        """Return the installation's clock: real time, or a drill's when an origin and a rate are set."""
        origin: datetime | None = self.clock_origin
        return Clock(origin, self.clock_anchor, self.clock_rate)


SettingsOfService = TypeVar("SettingsOfService", bound=Settings)


def read_settings(settings: type[SettingsOfService]) -> SettingsOfService:
    """Read a service's settings from the environment, and secrets from the folder that it names.

    A variable comes before a file.
    What is missing or unusable ends the process with 1 and one sentence in both languages, which names the
    variables and never their values: they may be secret.
    """
    try:
        # What the environment does not fill pyright takes for missing.
        return settings(_secrets_dir=os.environ.get(SECRETS_FOLDER))  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        sys.stderr.write(f"{_refusal(error, 'zh')}  {_refusal(error, 'en')}\n")
        raise SystemExit(1) from None


def _refusal(error: ValidationError, language: str) -> str:
    messages: dict[str, dict[str, str]] = read_yaml(_MESSAGES)
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    missing = [_variable(one["loc"]) for one in problems if one["type"] == "missing"]
    reasons = [messages["missing"][language].format(names=", ".join(missing))] if missing else []
    reasons += [
        messages["unusable"][language].format(name=_variable(one["loc"]), reason=one["msg"])
        for one in problems
        if one["type"] != "missing"
    ]
    return messages["cannot-start"][language].format(reasons="; ".join(reasons))


def _variable(place: tuple[int | str, ...]) -> str:
    """Return the name of the variable that a setting is read from; the two without prefix are their own."""
    name = str(place[0]) if place else ""
    return name if name.isupper() else PREFIX + name.upper()
