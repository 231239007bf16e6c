"""What `surveillance.yaml` says: what sentinels look for and report, their silence, drugs of real names."""

from typing import Annotated, Literal

from pydantic import Field

from shared.policy.notices import Citation
from shared.policy.values import Identifier, PolicyModel, Text, WallTime
from shared.vocabulary import Symptom

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=366)]


class ListedSymptom(PolicyModel):
    """One symptom that must be reported."""

    id: Symptom
    title: Text


class Symptoms(PolicyModel):
    """The symptoms that make a patient, or a buyer of drugs, a suspect one."""

    clause: Clauses
    listed: Annotated[tuple[ListedSymptom, ...], Field(min_length=1)]
    decided: Text | None = None

    def suspect(self, symptoms: frozenset[Symptom]) -> frozenset[Symptom]:
        """Return those of somebody's symptoms that are listed."""
        return symptoms & {one.id for one in self.listed}


class Recipient(PolicyModel):
    """An office that a sentinel's report goes to."""

    role: Literal["report", "copy"]
    id: Identifier
    title: Text
    institution_kind: Identifier | None = None
    """The kind of institution of the register that it is, where it is one."""


class Reports(PolicyModel):
    """To whom a sentinel's report goes; within what time stands in clocks.yaml."""

    clause: Clauses
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1)]
    decided: Text | None = None


class SilenceLaw(PolicyModel):
    """When the silence of a sentinel that usually reports is noticed; days are counted in Asia/Shanghai."""

    clause: Clauses
    check_at: WallTime
    """From when on each day the days before it are looked at."""
    look_back_days: Days
    """How many days, up to the last one with a report, show the habit."""
    least_history_days: Days
    """With fewer days on record, what was declared at registration stands for the habit."""
    least_report_days: Days
    """Who reported on fewer days of the habit does not usually report."""
    chance_per_mille: Annotated[int, Field(ge=1, le=500)]
    """At most how likely, of a thousand, such a silence is by chance when it is noticed."""
    decided: Text | None = None


class DrugCategory(PolicyModel):
    """A kind of drug whose sale or prescription is recorded under real names."""

    id: Identifier
    title: Text
    flags_observed: bool = False
    """Whether somebody under management who buys it is flagged."""


class Drugs(PolicyModel):
    """The drugs that are recorded under real names, and what becomes of buyers with symptoms."""

    clause: Clauses
    categories: Annotated[tuple[DrugCategory, ...], Field(min_length=1)]
    ground: Identifier
    """The ground of health management that a buyer with symptoms gives."""
    real_name: Annotated[tuple[Literal["name", "identity", "telephone"], ...], Field(min_length=1)]
    """What of a buyer must be known."""
    decided: Text | None = None

    def category(self, id: str) -> DrugCategory | None:
        """Return a category of the list; None when there is none of that name."""
        return next((one for one in self.categories if one.id == id), None)


class SurveillanceFile(PolicyModel):
    """The file surveillance.yaml: symptoms, reports, silence, drugs."""

    symptoms: Symptoms
    reports: Reports
    silence: SilenceLaw
    drugs: Drugs
