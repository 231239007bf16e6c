"""HTTP doors of the testing service: parse, act, answer."""

from services.testing.routes import (
    base_numbers,
    coverage,
    due_tests,
    laboratories,
    laboratory_loans,
    laboratory_quality,
    results,
    sampling_points,
)

ROUTES = [
    *results.ROUTES,
    *sampling_points.ROUTES,
    *due_tests.ROUTES,
    *base_numbers.ROUTES,
    *coverage.ROUTES,
    *laboratories.ROUTES,
    *laboratory_loans.ROUTES,
    *laboratory_quality.ROUTES,
]
