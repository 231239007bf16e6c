"""A linear program with whole numbers, built row by row and solved by HiGHS (record 32)."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

FREE = highspy.kHighsInf
"""No bound."""


class NotSolved(Exception):
    """The solver found neither an optimum nor that there is none within its time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found; `values` are those of the variables, in the order in which they were made."""

    value: float
    values: Sequence[float]
    proven: bool
    """False when time ran out before the optimum was proven; what was found holds all the same."""


class Program:
    """Variables, constraints and one objective; may be solved again after bounds or costs were changed."""

    def __init__(self) -> None:
        self._cost, self._lower, self._upper = array("d"), array("d"), array("d")
        self._whole = array("b")
        self._row_lower, self._row_upper = array("d"), array("d")
        self._starts, self._columns, self._factors = array("i", [0]), array("i"), array("d")

    def variable(self, *, lower: float = 0.0, upper: float = FREE, whole: bool = False) -> int:
        """Add a variable and return its number."""
        self._cost.append(0.0)
        self._lower.append(lower)
        self._upper.append(upper)
        self._whole.append(whole)
        return len(self._cost) - 1

    def constraint(
        self, terms: Iterable[tuple[int, float]], *, lower: float = -FREE, upper: float = FREE
    ) -> int:
        """Hold the sum of variables times factors between two bounds; returns the constraint's number.

        No variable may stand twice among the terms.
        """
        for variable, factor in terms:
            self._columns.append(variable)
            self._factors.append(factor)
        self._starts.append(len(self._columns))
        self._row_lower.append(lower)
        self._row_upper.append(upper)
        return len(self._row_lower) - 1

    def bound(self, variables: Iterable[int], upper: float) -> None:
        """Set the upper bound of variables."""
        for variable in variables:
            self._upper[variable] = upper

    def whole(self, variables: Iterable[int], whole: bool) -> None:
        """Say whether variables take whole numbers only."""
        for variable in variables:
            self._whole[variable] = whole

    def at_least(self, constraint: int, lower: float) -> None:
        """Set the lower bound of a constraint."""
        self._row_lower[constraint] = lower

    def maximise(self, terms: Iterable[tuple[int, float]], *, seconds: float, gap: float) -> Answer | None:
        """Return the largest value of a sum; None when the constraints contradict one another.

        `gap` is the share by which what was found may fall short of the optimum when there are whole
        numbers. Raises NotSolved when `seconds` pass without any solution.
        """
        return self._solve(terms, highspy.ObjSense.kMaximize, seconds, gap)

    def minimise(self, terms: Iterable[tuple[int, float]], *, seconds: float, gap: float) -> Answer | None:
        """Return the smallest value of a sum, as `maximise` does."""
        return self._solve(terms, highspy.ObjSense.kMinimize, seconds, gap)

    def _solve(
        self, terms: Iterable[tuple[int, float]], sense: Any, seconds: float, gap: float
    ) -> Answer | None:
        cost = array("d", bytes(8 * len(self._cost)))
        for variable, factor in terms:
            cost[variable] += factor
        solver = highspy.Highs()
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("solver", "choose" if any(self._whole) else "ipm"),
            ("time_limit", seconds),
            ("mip_rel_gap", gap),
        ):
            solver.setOptionValue(name, value)
        solver.passModel(self._model(cost, sense))
        solver.run()
        status = solver.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return None
        info = solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise NotSolved(solver.modelStatusToString(status))
        values = list(solver.getSolution().col_value)
        proven = status == highspy.HighsModelStatus.kOptimal
        return Answer(float(info.objective_function_value), values, proven)

    def _model(self, cost: "array[float]", sense: Any) -> highspy.HighsLp:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._cost), len(self._row_lower)
        model.sense_ = sense
        model.col_cost_ = np.frombuffer(cost)
        model.col_lower_, model.col_upper_ = np.frombuffer(self._lower), np.frombuffer(self._upper)
        model.row_lower_, model.row_upper_ = np.frombuffer(self._row_lower), np.frombuffer(self._row_upper)
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.frombuffer(self._starts, dtype=np.int32)
        matrix.index_ = np.frombuffer(self._columns, dtype=np.int32)
        matrix.value_ = np.frombuffer(self._factors)
        if any(self._whole):
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[whole] for whole in self._whole]
        return model
