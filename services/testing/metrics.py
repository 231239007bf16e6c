"""Figures of the testing service."""

from prometheus_client import Counter

RESULTS = Counter("testing_results_total", "Results received, by result and verdict", ["result", "verdict"])
