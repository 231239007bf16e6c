"""What `places.yaml` says: key places and their checklists, imported cold-chain food, gatherings, notices."""

from typing import Annotated, Literal

from pydantic import Field

from shared.divisions import Level
from shared.policy.notices import Citation
from shared.policy.values import Identifier, PolicyModel, Text
from shared.vocabulary import Symptom

Clauses = Annotated[tuple[Citation, ...], Field(min_length=1)]
Names = Annotated[tuple[Identifier, ...], Field(min_length=1)]


class Titled(PolicyModel):
    """One thing of a list, with what people call it."""

    id: Identifier
    title: Text


class ChecklistItem(Titled):
    """One thing that an inspection looks at."""

    clause: Clauses


class PlaceKind(Titled):
    """A kind of key place, and what an inspection of one looks at."""

    clause: Clauses
    checklist: Names
    """Names of items, in the order in which they are asked."""


class EntryRule(PolicyModel):
    """Who does not enter the places of some kinds."""

    id: Identifier
    clause: Clauses
    kinds: Names
    fever_from_celsius: Annotated[float, Field(ge=35, le=42)]
    symptoms: Annotated[tuple[Symptom, ...], Field(min_length=1)]
    advice: Text
    decided: Text | None = None


class ClosedManagement(PolicyModel):
    """What the closing of a place means at its door."""

    clause: Clauses
    refuses: Annotated[tuple[Literal["staff", "visitor"], ...], Field(min_length=1)]
    advice: Text
    decided: Text | None = None


class Abnormalities(PolicyModel):
    """What a place reports at once."""

    clause: Clauses
    kinds: Annotated[tuple[Titled, ...], Field(min_length=1)]
    decided: Text | None = None


class KeyPlaces(PolicyModel):
    """The register of key places, their inspections, and who enters."""

    clause: Clauses
    items: Annotated[tuple[ChecklistItem, ...], Field(min_length=1)]
    kinds: Annotated[tuple[PlaceKind, ...], Field(min_length=1)]
    entry: Annotated[tuple[EntryRule, ...], Field(min_length=1)]
    closed_management: ClosedManagement
    abnormal: Abnormalities
    decided: Text | None = None

    def kind(self, id: str) -> PlaceKind | None:
        """Return a kind of place; None when there is none of that name."""
        return next((kind for kind in self.kinds if kind.id == id), None)


class ColdChain(PolicyModel):
    """What imported cold-chain food on sale must have."""

    clause: Clauses
    proofs: Annotated[tuple[Titled, ...], Field(min_length=1)]
    units: Names
    """The units in which a quantity may be stated."""
    decided: Text | None = None


class GatheringKind(Titled):
    """A kind of gathering, and how it is treated."""

    treatment: Literal["allowed", "discouraged", "suspended"]
    clause: Clauses
    approval_from_people: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """From how many people on this kind needs approval; left out, from as many as all others."""
    advice: Text | None = None
    decided: Text | None = None


class Approval(PolicyModel):
    """From how many people on a gathering needs a plan and an approval, and whose."""

    clause: Clauses
    people_from: Annotated[int, Field(ge=1, le=1_000_000)]
    by: Annotated[tuple[Level, ...], Field(min_length=1)]
    """The levels of the divisions whose keys decide."""
    decided: Text | None = None


class Gatherings(PolicyModel):
    """Which gatherings are held, and on what conditions."""

    approval: Approval
    kinds: Annotated[tuple[GatheringKind, ...], Field(min_length=1)]

    def kind(self, id: str) -> GatheringKind | None:
        """Return a kind of gathering; None when there is none of that name."""
        return next((kind for kind in self.kinds if kind.id == id), None)


class AssistanceNotices(PolicyModel):
    """How people, vehicles and goods that other provinces name are looked for here."""

    clause: Clauses
    ground: Identifier
    """The ground of management that a person gives who was found."""
    vehicle_days_before: Annotated[int, Field(ge=0, le=28)]
    vehicle_days_after: Annotated[int, Field(ge=0, le=28)]
    """How many days before and after the day that a notice names a journey still counts as the same."""
    decided: Text | None = None


class PlacesFile(PolicyModel):
    """The file places.yaml: key places, cold chain, gatherings, notices from other provinces."""

    places: KeyPlaces
    cold_chain: ColdChain
    gatherings: Gatherings
    assistance_notices: AssistanceNotices
