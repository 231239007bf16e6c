"""What this area takes from the policy, with its clauses as people cite them."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.policy import Pack
from shared.policy.key_places import AssistanceNotices, ColdChain, Gatherings, KeyPlaces


@dataclass(frozen=True, slots=True)
class PlacesLaw:
    """The law of places, goods, gatherings and notices, of one version of the pack."""

    pack: Pack
    places: KeyPlaces
    cold_chain: ColdChain
    gatherings: Gatherings
    notices: AssistanceNotices

    @property
    def version(self) -> int:
        """The version of the pack."""
        return self.pack.version

    def cite(self, clauses: Iterable[str]) -> str:
        """Return clauses with their document numbers: `渡建胜肺炎组发〔2021〕2号 §10`."""
        return "; ".join(citation.zh for citation in self.pack.cite(clauses))


def law_of(pack: Pack) -> PlacesLaw:
    """Return what the pack says; raises ValueError for one that this service cannot work by."""
    file = pack.places
    if file is None:
        raise ValueError(f"the policy {pack.id} needs a file places.yaml")
    return PlacesLaw(pack, file.places, file.cold_chain, file.gatherings, file.assistance_notices)
