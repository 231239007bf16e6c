"""Releases and the verification of their certificates, on the wire."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.storage.releases import Certificate


class ReleaseView(BaseModel):
    """A release, with the certificate issued for it."""

    plan_id: UUID
    person_id: UUID
    division: str
    released_at: AwareDatetime
    certificate: str
    """The certificate's number."""
    code: str
    """The verification code, as it stands on the certificate."""

    @classmethod
    def of(cls, certificate: Certificate, code: str) -> "ReleaseView":
        """Return the wire's form of a release."""
        return cls(
            plan_id=certificate.content.plan_id,
            person_id=certificate.content.person_id,
            division=certificate.content.division,
            released_at=certificate.issued_at,
            certificate=certificate.number,
            code=code,
        )


class VerificationView(BaseModel):
    """Whether a code belongs to a certificate that was issued; nothing of the person."""

    valid: bool
    certificate: str | None = None
    issued_on: date | None = None
    division: str | None = None
    """The division that issued it."""

    @classmethod
    def of(cls, certificate: Certificate | None) -> "VerificationView":
        """Return the answer; of a code that is not valid nothing more is told."""
        if certificate is None:
            return cls(valid=False)
        content = certificate.content
        return cls(
            valid=True,
            certificate=certificate.number,
            issued_on=content.issued_on,
            division=content.division,
        )
