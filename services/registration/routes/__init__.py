"""HTTP doors of the registration service: parse, act, answer."""

from services.registration.routes import (
    cold_chain,
    five,
    gatherings,
    grid,
    inspections,
    places,
    plans,
    returns,
    risk_areas,
    rooms,
    sentinels,
    sites,
    symptom_reports,
    test_results,
    transfers,
    workbooks,
)

ROUTES = [
    *cold_chain.ROUTES,
    *gatherings.ROUTES,
    *inspections.ROUTES,
    *places.ROUTES,
    *plans.ROUTES,
    *grid.ROUTES,
    *five.ROUTES,
    *returns.ROUTES,
    *risk_areas.ROUTES,
    *rooms.ROUTES,
    *sentinels.ROUTES,
    *sites.ROUTES,
    *symptom_reports.ROUTES,
    *test_results.ROUTES,
    *transfers.ROUTES,
    *workbooks.ROUTES,
]
