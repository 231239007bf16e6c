"""HTTP doors of the registration service: parse, act, answer."""

from services.registration.routes import (
    returns,
    risk_areas,
    symptom_reports,
    test_results,
    inspections,
    places,
    returns,
    risk_areas,
    symptom_reports,
    transfers,
    workbooks,
)

ROUTES = [
    *places.ROUTES,
    *inspections.ROUTES,
    *returns.ROUTES,
    *risk_areas.ROUTES,
    *symptom_reports.ROUTES,
    *test_results.ROUTES,
    *transfers.ROUTES,
    *workbooks.ROUTES,
]
