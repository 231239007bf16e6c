"""HTTP doors of the testing service: parse, act, answer."""

from services.testing.routes import results

ROUTES = [
    *results.ROUTES,
]
