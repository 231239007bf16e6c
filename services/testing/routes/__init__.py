"""HTTP doors of the testing service: parse, act, answer."""

from services.testing.routes import (
    laboratories,
    laboratory_loans,
    laboratory_quality,
    result_streams,
    results,
    sampling_points,
)

ROUTES = [
    *results.ROUTES,
    *result_streams.ROUTES,
    *sampling_points.ROUTES,
    *laboratories.ROUTES,
    *laboratory_loans.ROUTES,
    *laboratory_quality.ROUTES,
]
