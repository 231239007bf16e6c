"""Bring the policy that was loaded together with the versions that have bound clocks here before."""

from datetime import datetime

from services.alerts.messages import LANGUAGES, load_catalogue
from services.alerts.rules.clock_terms import Law
from services.alerts.storage import clocks as storage
from shared.policy.pack import Pack
from shared.postgres import Database


class PolicyVersionRefused(ValueError):
    """The policy cannot be used with what is on record; the message is a sentence for the operator."""

    def __init__(self, text: str, pack: Pack, newest: int) -> None:
        catalogue = load_catalogue()
        values = {"pack": pack.id, "version": pack.version, "newest": newest}
        super().__init__(" / ".join(catalogue.say(language, text, **values) for language in LANGUAGES))


async def load_policy_versions(database: Database, pack: Pack, *, now: datetime) -> Law:
    """Store the pack's version when it is new and return the law with every version on record.

    Running clocks keep the version that they were bound by, so all of them stay loaded. Raises
    PolicyVersionRefused when the content under the version has changed, or a newer one is in use.
    """
    async with database.transaction() as connection:
        await storage.put_policy_version(connection, pack, now)
        stored = await storage.list_policy_versions(connection, pack.id)
        newest = max(one.version for one in stored)
        if any(one.version == pack.version and one.content_hash != pack.content_hash() for one in stored):
            raise PolicyVersionRefused("start.version_changed", pack, newest)
        if newest > pack.version:
            raise PolicyVersionRefused("start.version_went_back", pack, newest)
    return Law([one.pack for one in stored])
