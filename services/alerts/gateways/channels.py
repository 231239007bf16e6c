"""What a contact channel is, told from its address: kind, gateway, and how long a text may be."""

import re
from dataclasses import dataclass

LOG = "log"
"""The channel of an installation that has no other: pages become lines of the log."""
SHORT_PREFIX = "sms+"
"""Put before a gateway's address when what it sends becomes a text message: `sms+json://gateway/send`."""
SHORT_LIMIT = 500
"""Characters that a text message may have: about seven of its parts in Chinese."""

_KIND = re.compile(r"[a-z][a-z0-9+._-]{0,31}")
_DESKTOP = frozenset(
    {"dbus", "glib", "gio", "gnome", "kde", "qt", "macosx", "windows", "syslog", "blink1", "growl"}
)
"""Kinds that would show a page on the server's own screen, where nobody on duty sits."""


class UnusableChannel(ValueError):
    """A channel that cannot be used; the message never repeats the address, which is a secret."""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What may be known of a channel besides its address."""

    kind: str
    """What may be shown: `log`, `wecombot`, `sms+json`."""
    gateway: str
    """Kind and host, in clear, so not to be stored as it is: deliveries are bounded per gateway."""
    text_limit: int | None
    """How many characters it carries when that is few, as with text messages."""


def kind_of(url: str) -> str:
    """Return a channel's kind; raises UnusableChannel for what is no channel or nobody would see."""
    kind, separator, _ = url.partition(":")
    if not separator or _KIND.fullmatch(kind) is None:
        raise UnusableChannel("a channel begins with its kind and a colon, such as log: or wecombot://")
    if kind.removeprefix(SHORT_PREFIX) in _DESKTOP:
        raise UnusableChannel(f"{kind} would show the page on the server's own screen")
    return kind


def describe_channel(url: str) -> ChannelFacts:
    """Return what a channel is; raises UnusableChannel when Apprise has no such kind or cannot read the rest.

    Apprise takes a second to load its hundred kinds of channels the first time, and is loaded only where
    there is another channel than the log: call this in a thread.
    """
    kind = kind_of(url)
    if kind == LOG:
        return ChannelFacts(kind, kind, None)
    from services.alerts.gateways.apprise_channel import AppriseChannel

    channel = AppriseChannel(url.removeprefix(SHORT_PREFIX))
    short = kind.startswith(SHORT_PREFIX) or channel.text_limit <= 2 * SHORT_LIMIT
    text_limit = min(channel.text_limit, SHORT_LIMIT) if short else None
    return ChannelFacts(kind, f"{kind} {channel.host}", text_limit)
