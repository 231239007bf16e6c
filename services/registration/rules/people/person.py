"""A person 人员: what is said of them, and what of it holds together."""

import dataclasses
import unicodedata
from collections.abc import Container
from dataclasses import dataclass
from datetime import date

from services.registration.rules.people.identity import (
    Identity,
    IdentityKind,
    birth_date_of,
    normal_number,
    refusal_of,
)
from services.registration.rules.people.telephone import normal_telephone, telephone_refusal
from shared.errors import FieldProblem

LONGEST_NAME = 100
EARLIEST_BIRTH = date(1900, 1, 1)
_DOTS = str.maketrans(dict.fromkeys("•‧∙・⋅●", "·"))


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call about a person 联系人."""

    name: str
    telephone: str | None = None
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class PersonStated:
    """What one sender says of a person; texts as the `normal_…` functions write them.

    `division` is where the person lives or stays; `occupation` is a category of the policy.
    """

    division: str
    name: str
    identity: Identity | None = None
    telephone: str | None = None
    birth_date: date | None = None
    occupation: str | None = None
    contact: Contact | None = None


def normal_name(text: str) -> str:
    """Return a name as it is compared and shown: half-width, single blanks, one kind of dot."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DOTS).split())


def name_refusal(name: str) -> str | None:
    """Return why a name that `normal_name` wrote is none; None when it is good."""
    if not name or len(name) > LONGEST_NAME:
        return f"must have 1 to {LONGEST_NAME} characters"
    if any(unicodedata.category(one) in ("Cc", "Cf", "Cs", "Co", "Cn") for one in name):
        return "holds characters that no name has"
    if not any(one.isalpha() for one in name):
        return "must hold a letter: a number is no name"
    return None


def person_of(
    *,
    division: str,
    name: str,
    identity: Identity | None = None,
    telephone: str | None = None,
    birth_date: date | None = None,
    occupation: str | None = None,
    contact: Contact | None = None,
) -> PersonStated:
    """Return what is said with all texts normal and the day of birth taken from a card that tells it."""
    if identity is not None:
        identity = Identity(identity.kind, normal_number(identity.number))
        if identity.kind is IdentityKind.RESIDENT_CARD and birth_date is None:
            birth_date = birth_date_of(identity.number)
    if contact is not None:
        contact = Contact(
            normal_name(contact.name),
            contact.telephone and normal_telephone(contact.telephone),
            contact.relation,
        )
    telephone = telephone and normal_telephone(telephone)
    return PersonStated(division, normal_name(name), identity, telephone, birth_date, occupation, contact)


def problems_of(
    person: PersonStated, today: date, divisions: Container[str], occupations: Container[str] | None = None
) -> list[FieldProblem]:
    """Return why a person cannot be stored, field by field; an empty list when they can.

    `today` is the day in Asia/Shanghai; `occupations` are the policy's categories, None where it has no list.
    """
    problems: list[FieldProblem] = []
    if person.division not in divisions:
        problems.append(FieldProblem("division", f"unknown division {person.division!r}"))
    problems += fault_of("name", name_refusal(person.name))
    if person.identity is not None:
        problems += fault_of("identity.number", refusal_of(person.identity))
    if person.telephone is not None:
        problems += fault_of("telephone", telephone_refusal(person.telephone))
    problems += _birth_problems(person, today)
    if person.occupation is not None and occupations is not None and person.occupation not in occupations:
        problems.append(FieldProblem("occupation", "is no category of the policy"))
    if person.contact is not None:
        problems += fault_of("contact.name", name_refusal(person.contact.name))
        if person.contact.telephone is not None:
            problems += fault_of("contact.telephone", telephone_refusal(person.contact.telephone))
    return problems


def fault_of(field: str, reason: str | None) -> list[FieldProblem]:
    """Return a refusal as the problem of its field; nothing when there is none."""
    return [] if reason is None else [FieldProblem(field, reason)]


def _birth_problems(person: PersonStated, today: date) -> list[FieldProblem]:
    birth_date = person.birth_date
    if birth_date is None:
        return []
    on_card = None
    if person.identity is not None and person.identity.kind is IdentityKind.RESIDENT_CARD:
        on_card = birth_date_of(person.identity.number)
    field = "birth_date" if on_card is None else "identity.number"
    if not EARLIEST_BIRTH <= birth_date <= today:
        return [FieldProblem(field, "holds a day of birth before 1900 or after today")]
    if on_card is not None and on_card != birth_date:
        return [FieldProblem("birth_date", "differs from the day of birth in the identity number")]
    return []


def with_gaps_filled(held: PersonStated, said: PersonStated) -> PersonStated:
    """Return what is held, with what was not known of the person until now.

    What is known already is changed by a correction only, never by somebody else's list; so `division`
    and `name` stay. Whoever has no identity document is given one by a correction or a merge.
    """
    gaps = {
        field: value
        for field in ("telephone", "birth_date", "occupation", "contact")
        if getattr(held, field) is None and (value := getattr(said, field)) is not None
    }
    return dataclasses.replace(held, **gaps) if gaps else held
