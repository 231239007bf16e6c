"""Which series an expression would show, by labels alone: enough to tell a dead panel from a quiet one."""

import re
from collections.abc import Iterator

import promql_parser as promql

from tests.deploy.exposition import Exposition, Labels

Series = list[Labels] | None
"""None is a scalar."""


class DeadExpression(Exception):
    """It names a metric, a label or a label's value that nobody exports."""


def names_in(expression: str) -> set[str]:
    """Return the metric names that an expression reads."""
    found: set[str] = set()

    def note(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector) and node.name:
            found.add(node.name)
        elif isinstance(node, promql.MatrixSelector) and node.vector_selector.name:
            found.add(node.vector_selector.name)

    promql.walk(promql.parse(expression), note)
    return found


def selectors_in(expression: str) -> list[promql.VectorSelector]:
    """Return every selector of series in an expression."""
    found: list[promql.VectorSelector] = []

    def note(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector):
            found.append(node)
        elif isinstance(node, promql.MatrixSelector):
            found.append(node.vector_selector)

    promql.walk(promql.parse(expression), note)
    return found


def series_of(expression: str, exported: Exposition) -> Series:
    """Return the labels of what it would show; raises DeadExpression when that can never be anything."""
    found = _Reading(exported).read(promql.parse(expression))
    if found == []:
        raise DeadExpression("there is no such series")
    return found


class _Reading:
    def __init__(self, exported: Exposition) -> None:
        self._exported = exported

    def read(self, node: promql.Expr) -> Series:
        match node:
            case promql.NumberLiteral() | promql.StringLiteral():
                return None
            case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
                return self.read(node.expr)
            case promql.MatrixSelector():
                return self._select(node.vector_selector)
            case promql.VectorSelector():
                return self._select(node)
            case promql.AggregateExpr():
                return self._aggregate(node)
            case promql.Call():
                return self._call(node)
            case promql.BinaryExpr():
                return self._combine(node)
            case _:
                raise NotImplementedError(type(node).__name__)

    def _select(self, node: promql.VectorSelector) -> Series:
        if node.name is None:  # named by a matcher: {__name__=~"…"}
            (by_name,) = [one for one in node.matchers.matchers if one.name == "__name__"]
            names = [name for name in self._exported.names if _matches(by_name, name)]
        else:
            names = [node.name]
        matchers = [one for one in node.matchers.matchers if one.name != "__name__"]
        if not names or not self._exported.names.issuperset(names):
            raise DeadExpression(f"nobody exports {node.name}")
        return [
            labels
            for name in names
            for labels in self._exported.series[name]
            if all(_matches(one, labels.get(one.name, "")) for one in matchers)
        ]

    def _aggregate(self, node: promql.AggregateExpr) -> Series:
        inner = self.read(node.expr) or []
        if str(node.op) in ("topk", "bottomk"):
            return inner
        kept: set[str] = set()
        if node.modifier is not None:
            if node.modifier.type != promql.AggModifierType.By:
                raise NotImplementedError("without")
            kept = set(node.modifier.labels)
            _demand(kept, inner)
        return _distinct({name: labels[name] for name in labels.keys() & kept} for labels in inner)

    def _call(self, node: promql.Call) -> Series:
        given = [self.read(argument) for argument in node.args]
        if node.func.name == "vector":
            return [{}]
        vector = next((series for series in given if series is not None), None)
        if node.func.name != "histogram_quantile" or vector is None:
            return vector
        _demand({"le"}, vector)
        return _distinct({name: labels[name] for name in labels if name != "le"} for labels in vector)

    def _combine(self, node: promql.BinaryExpr) -> Series:
        left, right = self.read(node.lhs), self.read(node.rhs)
        if left is None or right is None:
            return left if right is None else right
        if str(node.op) == "or":
            return _distinct([*left, *right])
        if str(node.op) in ("and", "unless"):
            return left if str(node.op) == "unless" else [labels for labels in left if labels in right]
        if node.modifier is not None and node.modifier.matching is not None:
            return self._join(node.modifier, left, right)
        return [labels for labels in left if labels in right]

    def _join(self, modifier: promql.BinModifier, left: list[Labels], right: list[Labels]) -> Series:
        """`on (…) group_left (…)`: each on the left takes labels of the one on the right."""
        assert modifier.matching is not None
        if modifier.matching.type != promql.LabelModifierType.Include:
            raise NotImplementedError("ignoring")
        on, taken = modifier.matching.labels, modifier.group_labels or []
        _demand({*on, *taken}, right)
        _demand({*on}, left)
        return [
            {**one, **{name: other[name] for name in taken}}
            for one in left
            for other in right
            if all(one[name] == other[name] for name in on)
        ]


def _matches(matcher: promql.Matcher, value: str) -> bool:
    if matcher.op in (promql.MatchOp.Equal, promql.MatchOp.NotEqual):
        return (value == matcher.value) is (matcher.op == promql.MatchOp.Equal)
    return (re.fullmatch(matcher.value, value) is not None) is (matcher.op == promql.MatchOp.Re)


def _demand(names: set[str], series: list[Labels]) -> None:
    """Raise DeadExpression where a name is no label of any series; without series nothing is known."""
    missing = names - {name for labels in series for name in labels}
    if series and missing:
        raise DeadExpression(f"no label {', '.join(sorted(missing))}")


def _distinct(series: Iterator[Labels] | list[Labels]) -> list[Labels]:
    return [dict(labels) for labels in {frozenset(labels.items()) for labels in series}]
