"""How many people of each division a campaign is about: as counted, or by the register of households."""

from collections.abc import Sequence

from services.testing.rules.campaigns.campaign import CampaignStated, counted
from services.testing.rules.campaigns.campaign_facts import Area
from services.testing.storage import residents
from shared.divisions import subtree_bounds
from shared.policy.campaigns import Target
from shared.postgres import Connection


async def people_of(connection: Connection, stated: CampaignStated, target: Target) -> Sequence[Area]:
    """Return the people whom the target is about, by division."""
    areas = stated.people
    if areas is None:
        areas = tuple(await residents.people_by_division(connection, subtree_bounds(stated.division)))
    return counted(areas, stated, target)
