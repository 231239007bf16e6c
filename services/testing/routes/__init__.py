"""HTTP doors of the testing service: parse, act, answer."""

from services.testing.routes import (
    base_numbers,
    coverage,
    due_tests,
    laboratories,
    laboratory_figures,
    laboratory_loans,
    laboratory_quality,
    pools,
    result_messages,
    result_streams,
    result_workbooks,
    results,
    sampling_points,
    sequencing,
    tube_steps,
    tubes,
)

ROUTES = [
    *results.ROUTES,
    *result_streams.ROUTES,
    *result_messages.ROUTES,
    *result_workbooks.ROUTES,
    *sampling_points.ROUTES,
    *due_tests.ROUTES,
    *base_numbers.ROUTES,
    *coverage.ROUTES,
    *tubes.ROUTES,
    *tube_steps.ROUTES,
    *pools.ROUTES,
    *laboratories.ROUTES,
    *laboratory_figures.ROUTES,
    *laboratory_loans.ROUTES,
    *laboratory_quality.ROUTES,
    *sequencing.ROUTES,
]
