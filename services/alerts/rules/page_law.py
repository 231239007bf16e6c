"""The ladder and the words of the policy that bind a clock, as far as its pages need them."""

from collections.abc import Mapping

from services.alerts.rules.clock_terms import Law
from shared.policy.pack import FrozenRule
from shared.policy.values import Text


class PageLaw:
    """Finds the rule of the version that binds a clock, frozen once and kept."""

    def __init__(self, law: Law) -> None:
        self._packs = {pack.version: pack for pack in law.packs}
        self._newest_first = sorted(self._packs, reverse=True)
        self._frozen: dict[tuple[int, str], FrozenRule] = {}

    def frozen(self, version: int, rule_id: str) -> FrozenRule:
        """Return the rule as it binds; raises KeyError when no version here has such a rule.

        A version that only another process has loaded yet is stood in for by the newest one here that has the
        rule: a page by a neighbouring version of the ladder is better than none.
        """
        key = (version, rule_id)
        if key not in self._frozen:
            self._frozen[key] = self._freeze(version, rule_id)
        return self._frozen[key]

    def _freeze(self, version: int, rule_id: str) -> FrozenRule:
        for candidate in (version, *self._newest_first):
            pack = self._packs.get(candidate)
            if pack is not None and any(rule.id == rule_id for rule in pack.clocks):
                return pack.freeze(rule_id)
        raise KeyError(rule_id)

    @property
    def posts(self) -> Mapping[str, Text]:
        """Every duty post of every version, with its title; the newest version's words win."""
        versions = [self._packs[version] for version in reversed(self._newest_first)]
        return {post.id: post.title for pack in versions for post in pack.posts}

    def role_title(self, role: str) -> Text:
        """Return what people call a role of the responsibility grid; its id where no version names it."""
        for version in self._newest_first:
            care = self._packs[version].care
            for known in care.roles if care is not None else ():
                if known.id == role:
                    return known.title
        return Text(zh=role, en=role)
