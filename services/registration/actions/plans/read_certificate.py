"""Read the certificate of a release, and tell whether a code is one that was issued."""

from collections.abc import Sequence
from uuid import UUID

from services.registration.rules.plans.certificate import is_genuine, number_in
from services.registration.storage import releases
from services.registration.storage.releases import Certificate
from shared.errors import NotFound
from shared.postgres import Database


async def read_certificate(database: Database, plan_id: UUID, bounds: tuple[str, str]) -> Certificate:
    """Return the certificate of a plan of the subtree; raises NotFound before its release."""
    async with database.connection() as connection:
        certificate = await releases.certificate_of(connection, plan_id, bounds)
    if certificate is None:
        raise NotFound("There is no such plan, or nobody has been released from it yet.")
    return certificate


async def verify_code(database: Database, keys: Sequence[bytes], code: str) -> Certificate | None:
    """Return the certificate that a code belongs to; None for a code that was never given out.

    Any of the keys will do: what was printed under a former one stays genuine.
    """
    number = number_in(code)
    if number is None:
        return None
    async with database.connection() as connection:
        certificate = await releases.find(connection, number)
    if certificate is None:
        return None
    proofs = [is_genuine(key, code, certificate.number, certificate.content_hash) for key in keys]
    return certificate if any(proofs) else None
