"""HTTP doors of the testing service: parse, act, answer."""

from services.testing.routes import results, sampling_points

ROUTES = [
    *results.ROUTES,
    *sampling_points.ROUTES,
]
