"""Whom to call about something on the wire, whole; and who was shown it."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.rules.people.contact import ContactKind, Reachable
from services.registration.storage.contact_unmaskings import ContactUnmasking
from services.registration.wire.person_views import IdentityView, UnmaskingReason


class ContactDetails(BaseModel):
    """Who can be reached 联系人明文, to whoever may read personal data; that it was shown is on record."""

    kind: ContactKind
    subject: str
    """The key, code or id of what they belong to."""
    division: str
    name: str | None
    telephone: str | None
    relation: str | None
    identity: IdentityView | None
    """Only of somebody whom a notice from another province names."""

    @classmethod
    def of(cls, found: Reachable) -> "ContactDetails":
        """Return the wire's form of a contact with nothing hidden."""
        identity = found.identity
        return cls(
            kind=found.kind,
            subject=found.subject,
            division=found.division,
            name=found.name,
            telephone=found.telephone,
            relation=found.relation,
            identity=identity and IdentityView(kind=identity.kind, number=identity.number),
        )


class ContactUnmaskingView(BaseModel):
    """Who was shown which contact 查看联系人明文的记录."""

    unmasking_id: UUID
    kind: ContactKind
    subject: str
    division: str
    fields: list[str]
    reason: UnmaskingReason
    unmasked_at: AwareDatetime
    unmasked_by: str
    """The id of the key or account."""
    request_id: str
    """As it stands in the answer's header and in the log."""

    @classmethod
    def of(cls, shown: ContactUnmasking) -> "ContactUnmaskingView":
        """Return the wire's form of an unmasking."""
        return cls(
            unmasking_id=shown.id,
            kind=shown.kind,
            subject=shown.subject,
            division=shown.division,
            fields=list(shown.fields),
            reason=UnmaskingReason(shown.reason),
            unmasked_at=shown.unmasked_at,
            unmasked_by=shown.unmasked_by,
            request_id=shown.request_id,
        )
