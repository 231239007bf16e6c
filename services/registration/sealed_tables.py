"""Everything that this service seals, so that a new key reaches all of it.

Whoever adds a sealed column adds it here; `tests/registration/people/test_resealing.py` reads the schema.
"""

from collections.abc import Mapping

from services.registration import sealed_person
from services.registration.actions.people.merge_clashing import merge_clashing
from services.registration.sealed_contact import FINGERPRINT, in_charge_purpose, organiser_purpose
from services.registration.storage.grid import staff_purpose
from shared.postgres import Record
from shared.resealing import SealedColumn
from shared.sealing import Sealer
from shared.workbooks.importing import REFUSAL_PURPOSE


def _person_hashes(sealer: Sealer, text: str, row: Record) -> Mapping[str, bytes | None]:
    kept = sealed_person.read_kept(text, row["division"], row["occupation"])
    hashes = sealed_person.fingerprints_of(sealer, kept)
    return {
        "identity_fingerprint": hashes.identity,
        "telephone_fingerprint": hashes.telephone,
        "telephone_surname_fingerprint": hashes.telephone_surname,
        "repetition_fingerprint": hashes.repetition,
    }


def _statement_hash(sealer: Sealer, text: str, row: Record) -> Mapping[str, bytes | None]:
    person = sealed_person.read(text, row["division"], row["occupation"])
    unlike = row["received_at"].isoformat() if row["kind"] == "corrected" else ""
    return {"fingerprint": sealed_person.statement_fingerprints(sealer, person, unlike)[0]}


def _place_hash(sealer: Sealer, text: str, row: Record) -> Mapping[str, bytes | None]:
    purpose = f"{FINGERPRINT}/{in_charge_purpose(row['code'])}"
    return {"in_charge_fingerprint": sealer.fingerprint(text, purpose=purpose)}


def _announced(row: Record) -> str:
    return sealed_person.announced_contact_purpose(row["preregistration_id"])


SEALED: tuple[SealedColumn, ...] = (
    SealedColumn(
        "person",
        ("person_id",),
        "details_sealed",
        lambda row: sealed_person.details_purpose(row["person_id"]),
        beside=("division", "occupation"),
        hashes=_person_hashes,
        clash=merge_clashing,
    ),
    SealedColumn(
        "person_statement",
        ("person_id", "statement_id"),
        "said_sealed",
        lambda row: sealed_person.statement_purpose(row["person_id"]),
        beside=("kind", "division", "occupation", "received_at"),
        hashes=_statement_hash,
    ),
    SealedColumn("preregistration", ("preregistration_id",), "contact_sealed", _announced),
    SealedColumn(
        "preregistration_statement", ("preregistration_id", "statement_id"), "said_sealed", _announced
    ),
    SealedColumn("grid_staff", ("staff_id",), "details_sealed", lambda row: staff_purpose(row["staff_id"])),
    SealedColumn("sentinel", ("sentinel",), "in_charge_sealed", None),
    SealedColumn("notice_entry", ("entry_id",), "details_sealed", None),
    SealedColumn(
        "place",
        ("place_id",),
        "in_charge_sealed",
        lambda row: in_charge_purpose(row["code"]),
        beside=("code",),
        hashes=_place_hash,
    ),
    SealedColumn(
        "gathering",
        ("gathering_id",),
        "organiser_sealed",
        lambda row: organiser_purpose(row["gathering_id"]),
    ),
    SealedColumn("workbook_refusal", ("import_id", "row_number"), "row_sealed", lambda _: REFUSAL_PURPOSE),
)
