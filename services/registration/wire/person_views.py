"""People as answers show them: masked, or whole to whoever may read that."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.registration.actions.people.identify_people import Identified
from services.registration.actions.people.read_people import PersonRead
from services.registration.rules.people.correction import CorrectionReason
from services.registration.rules.people.identity import IdentityKind
from services.registration.rules.people.merging import WholePerson
from services.registration.rules.people.person import PersonStated
from services.registration.sealed_person import mask
from services.registration.storage.person_reads import Unmasking
from services.registration.wire.suspects import DecisionView
from shared.verdicts import RowReceipt, Verdict


class UnmaskingReason(StrEnum):
    """Why somebody must be shown whole 查看明文的理由."""

    CONTACT = "contact"
    """联系本人"""
    TRANSFER = "transfer"
    """转运交接"""
    CARE = "care"
    """健康管理"""
    TRACING = "tracing"
    """流调溯源"""
    CORRECTION = "correction"
    """核对更正"""
    INSPECTION = "inspection"
    """监督检查"""
    RELEASE_CERTIFICATE = "release-certificate"
    """出具解除证明"""


class IdentityView(BaseModel):
    """An identity document."""

    kind: IdentityKind
    number: str


class ContactView(BaseModel):
    """Whom to call about a person."""

    name: str
    telephone: str | None
    relation: str | None


class PersonView(BaseModel):
    """A person, masked 人员（脱敏）: 张**, 5****************1, 138****0000."""

    person_id: UUID
    division: str
    name: str
    identity: IdentityView | None
    telephone: str | None
    occupation: str | None
    contact: ContactView | None
    first_received_at: AwareDatetime
    merged_people: list[UUID]
    """Records that were merged into this one; they answer under their own ids as well."""

    @classmethod
    def of(cls, whole: WholePerson) -> "PersonView":
        """Return the wire's form of a person, masked."""
        return cls.model_validate(_shown(whole, mask(whole.person)))


def _shown(whole: WholePerson, person: PersonStated) -> dict[str, object]:
    identity, contact = person.identity, person.contact
    return {
        "person_id": whole.id,
        "division": whole.division,
        "name": person.name,
        "identity": identity and IdentityView(kind=identity.kind, number=identity.number),
        "telephone": person.telephone,
        "occupation": person.occupation,
        "contact": contact
        and ContactView(name=contact.name, telephone=contact.telephone, relation=contact.relation),
        "first_received_at": whole.first_received_at,
        "merged_people": list(whole.merged),
    }


class PersonDetails(PersonView):
    """A person whole 人员明文, to whoever may read personal data; that it was shown is on record."""

    birth_date: date | None

    @classmethod
    def unmasked(cls, whole: WholePerson) -> "PersonDetails":
        """Return the wire's form of a person with nothing hidden."""
        return cls.model_validate({**_shown(whole, whole.person), "birth_date": whole.person.birth_date})


class PersonStatementView(BaseModel):
    """That something was said of a person; what it said is sealed."""

    kind: str
    division: str
    fields: list[str]
    reason: CorrectionReason | None
    received_at: AwareDatetime


class StoredView(BaseModel):
    """Something stored of a person, under whichever of their ids."""

    id: UUID
    division: str
    state: str


class PersonHistory(PersonView):
    """A person, masked, with what is stored of them in the subtree."""

    returns: list[StoredView]
    plans: list[StoredView]
    preregistrations: list[StoredView]
    merges: list[DecisionView]
    """The merges that made one person of several records; each can be undone."""
    statements: list[PersonStatementView]

    @classmethod
    def with_all(cls, read: PersonRead) -> "PersonHistory":
        """Return the wire's form of a person with everything that is stored of them."""
        return cls.model_validate(
            {
                **_shown(read.whole, mask(read.whole.person)),
                "returns": [_stored(one.id, one.division, one.state) for one in read.returns],
                "plans": [_stored(one.id, one.division, one.state) for one in read.plans],
                "preregistrations": [
                    _stored(one.id, one.division, one.state) for one in read.preregistrations
                ],
                "merges": [DecisionView.of(one) for one in read.merges],
                "statements": [
                    {
                        "kind": said.kind,
                        "division": said.division,
                        "fields": list(said.fields),
                        "reason": said.reason,
                        "received_at": said.received_at,
                    }
                    for said in read.said
                ],
            }
        )


def _stored(id_: UUID, division: str, state: str) -> StoredView:
    return StoredView(id=id_, division=division, state=state)


class PersonReceipt(BaseModel):
    """What became of a statement about a person."""

    person_id: UUID
    verdict: Verdict
    is_new: bool
    suspects: int
    """How many others may be the same person; somebody will decide, nothing waits for it."""

    @classmethod
    def of(cls, identified: Identified, verdict: Verdict) -> "PersonReceipt":
        """Return the answer to a statement."""
        return cls(
            person_id=identified.person_id,
            verdict=verdict,
            is_new=identified.is_new,
            suspects=len(identified.suspects),
        )


class PersonRowReceipt(RowReceipt):
    """What became of one person of a batch."""

    person_id: UUID | None = None
    is_new: bool | None = None
    suspects: int | None = None


class CorrectionReceipt(PersonView):
    """A person as corrected, masked."""

    verdict: Verdict

    @classmethod
    def after(cls, whole: WholePerson, verdict: Verdict) -> "CorrectionReceipt":
        """Return the answer to a correction."""
        return cls.model_validate({**_shown(whole, mask(whole.person)), "verdict": verdict})


class PeopleFound(BaseModel):
    """Who has a document or a telephone, masked; at most 100."""

    items: list[PersonView]


class UnmaskingView(BaseModel):
    """Who was shown which data of whom 查看明文的记录."""

    unmasking_id: UUID
    person_id: UUID
    division: str
    fields: list[str]
    reason: UnmaskingReason
    unmasked_at: AwareDatetime
    unmasked_by: str
    """The id of the key or account."""
    request_id: str
    """As it stands in the answer's header and in the log."""

    @classmethod
    def of(cls, unmasking: Unmasking) -> "UnmaskingView":
        """Return the wire's form of an unmasking."""
        return cls(
            unmasking_id=unmasking.id,
            person_id=unmasking.person_id,
            division=unmasking.division,
            fields=list(unmasking.fields),
            reason=UnmaskingReason(unmasking.reason),
            unmasked_at=unmasking.unmasked_at,
            unmasked_by=unmasking.unmasked_by,
            request_id=unmasking.request_id,
        )
