"""The certificate of release 解除医学观察证明: its number, what it says, and the code that proves it.

The code covers the number and the content by an HMAC, so that whoever holds the paper can ask whether it was
issued; it says nothing about the person. Name and document are read from the person when it is printed.
"""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

CODE_BYTES = 15
"""120 bits: nobody comes upon a valid code by trying."""
GROUP = 4

_CODE = re.compile(r"(?P<number>JC-\d{6}-\d{4}-\d{7,18})-(?P<proof>[A-Z2-7]{4}(?:-[A-Z2-7]{4}){5})", re.ASCII)
LONGEST_CODE = 80


@dataclass(frozen=True, slots=True)
class StageServed:
    """A stage as the certificate shows it; first and last day included."""

    kind: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class CertifiedTest:
    """A test as the certificate shows it."""

    due_on: date
    sampled_on: date
    result: str


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """What a certificate says beside the person's name and document."""

    plan_id: UUID
    person_id: UUID
    division: str
    """The division that answers for the plan and issues the certificate."""
    governing_rule: str
    issued_on: date
    stages: tuple[StageServed, ...]
    tests: tuple[CertifiedTest, ...]

    def document(self) -> dict[str, Any]:
        """Return the content as JSON knows it."""
        return json.loads(json.dumps(asdict(self), default=str))


def read_content(document: dict[str, Any]) -> CertificateContent:
    """Return the content that `document` wrote."""
    day = date.fromisoformat
    return CertificateContent(
        plan_id=UUID(document["plan_id"]),
        person_id=UUID(document["person_id"]),
        division=document["division"],
        governing_rule=document["governing_rule"],
        issued_on=day(document["issued_on"]),
        stages=tuple(
            StageServed(one["kind"], day(one["first_day"]), day(one["last_day"]))
            for one in document["stages"]
        ),
        tests=tuple(
            CertifiedTest(day(one["due_on"]), day(one["sampled_on"]), one["result"])
            for one in document["tests"]
        ),
    )


def number_of(division: str, issued_on: date, running: int) -> str:
    """Return a certificate's number: the district, the year in Asia/Shanghai, and a running number."""
    return f"JC-{division[:6]}-{issued_on.year}-{running:07d}"


def hash_of(content: CertificateContent) -> str:
    """Return the hash of what a certificate says, the same for the same words."""
    text = json.dumps(content.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def code_of(key: bytes, number: str, content_hash: str) -> str:
    """Return the verification code: the number, and its proof in groups of four."""
    proof = base64.b32encode(_proof(key, number, content_hash)).decode()
    return "-".join([number, *(proof[at : at + GROUP] for at in range(0, len(proof), GROUP))])


def number_in(code: str) -> str | None:
    """Return the number in a code as people type it; None for what is no code."""
    found = _CODE.fullmatch(_normal(code))
    return found and found["number"]


def is_genuine(key: bytes, code: str, number: str, content_hash: str) -> bool:
    """Tell whether a code is the one of this certificate, in a time that says nothing about it."""
    return hmac.compare_digest(_normal(code).encode(), code_of(key, number, content_hash).encode())


def _normal(code: str) -> str:
    return "".join(code.split()).upper()


def _proof(key: bytes, number: str, content_hash: str) -> bytes:
    said = f"release-certificate\x1f{number}\x1f{content_hash}"
    return hmac.digest(key, said.encode(), hashlib.sha256)[:CODE_BYTES]


def masked_for_paper(number: str) -> str:
    """Return a document's number as papers show it: 500104********123X, of shorter ones the ends."""
    shown = (6, 4) if len(number) >= 15 else (1, 1) if len(number) > 4 else (0, 0)
    head, tail = number[: shown[0]], number[len(number) - shown[1] :]
    return f"{head}{'*' * (len(number) - sum(shown))}{tail}"
