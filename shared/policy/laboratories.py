"""What `laboratories.yaml` says: the register, quality control, drift, silence, re-routing, sequencing."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from shared.policy.notices import Citation
from shared.policy.surveillance import SilenceLaw
from shared.policy.values import Duration, Identifier, PolicyModel, Text, WallTime

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]
Days = Annotated[int, Field(ge=1, le=366)]
Percent = Annotated[int, Field(ge=1, le=100)]
Count = Annotated[int, Field(ge=0, le=1_000)]


class Named(PolicyModel):
    """An entry of a list that people choose from."""

    id: Identifier
    title: Text


class LedgerLaw(PolicyModel):
    """Who is registered as a laboratory, and what of it is known."""

    clause: Clauses
    kinds: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """Kinds of the register of institutions that may be laboratories."""
    staff: Annotated[tuple[Named, ...], Field(min_length=1)]
    instruments: Annotated[tuple[Named, ...], Field(min_length=1)]
    materials: Annotated[tuple[Named, ...], Field(min_length=1)]
    stock_days: Days
    """For how many days at full capacity each material should last; less is a gap."""
    decided: Text | None = None


class TurnaroundLaw(PolicyModel):
    """Within what time most results should be there, from the sampling on."""

    clause: Clauses
    within: Duration
    percent: Percent
    """How many of a hundred results of a day must be there within that time."""
    decided: Text | None = None


class ControlsLaw(PolicyModel):
    """Which controls each run carries, and which rules reject a run."""

    clause: Clauses
    weak_positives: Count
    """Weak positive controls that a run carries at least."""
    negatives: Count
    rejecting: Annotated[tuple[Literal["1-3s", "2-2s", "r-4s"], ...], Field(min_length=1)]
    warning: tuple[Literal["1-2s", "4-1s", "10-x"], ...]
    rejected_runs: Annotated[int, Field(ge=1, le=100)]
    """So many rejected runs among the last `among_runs` suspend a laboratory."""
    among_runs: Annotated[int, Field(ge=1, le=100)]
    decided: Text | None = None


class ProficiencyLaw(PolicyModel):
    """When a laboratory has passed a proficiency round."""

    clause: Clauses
    least_items: Annotated[int, Field(ge=1, le=1_000)]
    """A panel of fewer items decides nothing."""
    pass_percent: Percent
    decided: Text | None = None


class DriftLaw(PolicyModel):
    """When a day's rate of a laboratory departs from its own habit."""

    clause: Clauses
    check_at: WallTime
    """From when on each day the day before it is looked at."""
    history_days: Days
    least_history_days: Days
    least_results: Annotated[int, Field(ge=1, le=1_000_000)]
    """Days with fewer results are neither judged nor part of the habit."""
    chance_per_million: Annotated[int, Field(ge=1, le=100_000)]
    """At most how likely, of a million, such a day is by chance when it is noticed."""
    decided: Text | None = None


class ReroutingLaw(PolicyModel):
    """Where the open work of a suspended laboratory goes."""

    clause: Clauses
    horizon: Duration
    """How long a laboratory's capacity is counted on: what it can do in that time, less its own open work."""
    decided: Text | None = None


class SequencingLaw(PolicyModel):
    """Which positives are sequenced, within what time, and what excuses one."""

    clause: Clauses
    within: Duration
    exclusions: Annotated[tuple[Named, ...], Field(min_length=1)]
    ct_exclusion: Identifier
    """The exclusion that needs a Ct value above `ct_above`."""
    ct_above: Annotated[Decimal, Field(gt=0, le=60)]
    near_mutations: Count
    """Sequences that differ by so many mutations at most are near one another."""
    decided: Text | None = None

    def exclusion(self, id: str) -> Named | None:
        """Return an exclusion of the list; None when there is none of that name."""
        return next((one for one in self.exclusions if one.id == id), None)


class LaboratoriesFile(PolicyModel):
    """The file laboratories.yaml."""

    ledger: LedgerLaw
    turnaround: TurnaroundLaw
    controls: ControlsLaw
    proficiency: ProficiencyLaw
    drift: DriftLaw
    silence: SilenceLaw
    rerouting: ReroutingLaw
    sequencing: SequencingLaw
