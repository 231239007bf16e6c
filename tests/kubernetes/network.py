"""Who may reach whom by the network policies of an overlay, worked out as Kubernetes does.

A connection needs both ends: some policy that selects the caller must let it out, some that selects the
called must let it in. A pod that no policy of a direction selects is open in that direction.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.kubernetes.manifests import Resource, of_kind

INSIDE = "dutyclock"


@dataclass(frozen=True, slots=True)
class End:
    """A pod, by namespace and labels, or a machine outside, by address alone."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    namespace: str = INSIDE
    address: str | None = None
    named_ports: Mapping[str, int] = field(default_factory=dict[str, int])


def may_reach(overlay: str, caller: End, called: End, port: int, protocol: str = "TCP") -> bool:
    policies = of_kind(overlay, "NetworkPolicy")
    return _lets(policies, "Egress", caller, called, called, port, protocol) and _lets(
        policies, "Ingress", called, caller, called, port, protocol
    )


def _lets(
    policies: Sequence[Resource], direction: str, end: End, other: End, called: End, port: int, protocol: str
) -> bool:
    if end.namespace != INSIDE or end.address is not None:
        return True  # policies of others are not ours
    selecting = [
        policy["spec"]
        for policy in policies
        if direction in policy["spec"]["policyTypes"] and selects(policy["spec"]["podSelector"], end.labels)
    ]
    if not selecting:
        return True
    peers = "to" if direction == "Egress" else "from"
    return any(
        _names(rule.get(peers), other) and _has_port(rule.get("ports"), called, port, protocol)
        for spec in selecting
        for rule in spec.get(direction.lower(), [])
    )


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    for requirement in selector.get("matchExpressions", []):
        assert requirement["operator"] == "In", "the only one in use"
        if labels.get(requirement["key"]) not in requirement["values"]:
            return False
    return all(labels.get(name) == value for name, value in selector.get("matchLabels", {}).items())


def _names(peers: Sequence[Mapping[str, Any]] | None, other: End) -> bool:
    return peers is None or any(_is(peer, other) for peer in peers)


def _is(peer: Mapping[str, Any], other: End) -> bool:
    if "ipBlock" in peer:
        if other.address is None:
            return False
        address = ipaddress.ip_address(other.address)
        within = [ipaddress.ip_network(block) for block in peer["ipBlock"].get("except", [])]
        outside = not any(address.version == block.version and address in block for block in within)
        return outside and address in ipaddress.ip_network(peer["ipBlock"]["cidr"])
    if other.address is not None:
        return False
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace}):
            return False
    elif other.namespace != INSIDE:
        return False
    return selects(peer.get("podSelector", {}), other.labels)


def _has_port(ports: Sequence[Mapping[str, Any]] | None, called: End, port: int, protocol: str) -> bool:
    return ports is None or any(
        one["protocol"] == protocol and called.named_ports.get(one["port"], one["port"]) == port
        for one in ports
    )
