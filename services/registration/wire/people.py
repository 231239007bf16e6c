"""People on the wire."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from services.registration.rules.people.correction import Correction, CorrectionReason
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
    str, Field(max_length=LONGEST_TEXT, description="姓名", examples=["张伟"]), AfterValidator(_name)
]
Telephone = Annotated[
    str,
    Field(
        max_length=LONGEST_TEXT,
        description="A mobile number, a landline with its area code, or + and a foreign number 电话号码.",
        examples=["13800000000"],
    ),
    AfterValidator(_telephone),
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

    @property
    def contact(self) -> Contact:
        """The contact as the rules see it."""
        return Contact(self.name, self.telephone, self.relation)


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
        return person_of(
            division=division,
            name=self.name,
            identity=self.identity and self.identity.identity,
            telephone=self.telephone,
            birth_date=self.birth_date,
            occupation=self.occupation,
            contact=self.contact and self.contact.contact,
        )


class PersonStatement(PersonRow):
    """A person and where they live or stay 人员登记."""

    division: DivisionCode

    def person(self) -> PersonStated:
        """Return the statement as the rules see it."""
        return self.stated(self.division)


class CorrectionRow(WireModel):
    """What is replaced of a person 更正: only the fields that are given; null takes away what was wrong."""

    reason: CorrectionReason
    division: DivisionCode | None = None
    name: PersonName | None = None
    identity: IdentityOnWire | None = None
    telephone: Telephone | None = None
    birth_date: BirthDate | None = None
    occupation: OccupationCode | None = None
    contact: ContactOnWire | None = None

    @model_validator(mode="after")
    def _check(self) -> "CorrectionRow":
        given = self.model_fields_set - {"reason"}
        if not given:
            raise ValueError("names no field that is to be corrected")
        for field in given & {"division", "name"}:
            if getattr(self, field) is None:
                raise ValueError(f"{field} can be replaced and not taken away")
        return self

    def correction(self) -> Correction:
        """Return the row as the rules see it."""
        fields: dict[str, Any] = {field: getattr(self, field) for field in self.model_fields_set - {"reason"}}
        if self.identity is not None:
            fields["identity"] = self.identity.identity
        if self.contact is not None:
            fields["contact"] = self.contact.contact
        return Correction(fields, self.reason)


class SearchRow(WireModel):
    """Whom to look for 查找: by identity document, by telephone, or whoever has one of both."""

    identity: IdentityOnWire | None = None
    telephone: Telephone | None = None

    @model_validator(mode="after")
    def _check(self) -> "SearchRow":
        if self.identity is None and self.telephone is None:
            raise ValueError("give an identity document or a telephone number")
        return self
