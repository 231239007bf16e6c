"""People on the wire."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from services.registration.rules.people.identity import Identity, IdentityKind, normal_number, refusal_of
from services.registration.rules.people.person import (
    Contact,
    PersonStated,
    name_refusal,
    normal_name,
    person_of,
)
from services.registration.rules.people.telephone import normal_telephone, telephone_refusal
from shared.divisions import DivisionCode
from shared.strict_json import WireModel

LONGEST_TEXT = 200


def _name(text: str) -> str:
    name = normal_name(text)
    if (reason := name_refusal(name)) is not None:
        raise ValueError(reason)
    return name


def _telephone(text: str) -> str:
    telephone = normal_telephone(text)
    if (reason := telephone_refusal(telephone)) is not None:
        raise ValueError(reason)
    return telephone


PersonName = Annotated[
    str, AfterValidator(_name), Field(max_length=LONGEST_TEXT, description="姓名", examples=["张伟"])
]
Telephone = Annotated[
    str,
    AfterValidator(_telephone),
    Field(
        max_length=LONGEST_TEXT,
        description="A mobile number, a landline with its area code, or + and a foreign number 电话号码.",
        examples=["13800000000"],
    ),
]
BirthDate = Annotated[
    date, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1), description="出生日期", examples=["1990-01-01"])
]
OccupationCode = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{0,63}$",
        description="A category of the policy 职业类别.",
        examples=["cold-chain"],
    ),
]


class IdentityOnWire(WireModel):
    """An identity document 身份证件; blanks and small letters are mended, a wrong check digit is refused."""

    kind: IdentityKind = IdentityKind.RESIDENT_CARD
    number: Annotated[str, Field(max_length=LONGEST_TEXT, examples=["11010519491231002X"])]

    @field_validator("number")
    @classmethod
    def _check(cls, number: str, told: ValidationInfo) -> str:
        kind = told.data.get("kind")
        if kind is not None and (reason := refusal_of(Identity(kind, normal_number(number)))) is not None:
            raise ValueError(reason)
        return number

    @property
    def identity(self) -> Identity:
        """The document as the rules see it."""
        return Identity(self.kind, normal_number(self.number))


class ContactOnWire(WireModel):
    """Whom to call about a person 联系人."""

    name: PersonName
    telephone: Telephone | None = None
    relation: Annotated[str | None, Field(max_length=30, description="与本人关系", examples=["父亲"])] = None


class PersonRow(WireModel):
    """What a sender knows of a person 人员信息; a document or a telephone lets them be found again."""

    name: PersonName
    identity: IdentityOnWire | None = None
    telephone: Telephone | None = None
    birth_date: BirthDate | None = None
    """Of no need beside a resident identity card, which holds it; must agree with it."""
    occupation: OccupationCode | None = None
    contact: ContactOnWire | None = None

    def stated(self, division: DivisionCode) -> PersonStated:
        """Return the row as the rules see it, of a person who lives or stays in a division."""
        contact = self.contact
        return person_of(
            division=division,
            name=self.name,
            identity=self.identity and self.identity.identity,
            telephone=self.telephone,
            birth_date=self.birth_date,
            occupation=self.occupation,
            contact=contact and Contact(contact.name, contact.telephone, contact.relation),
        )
