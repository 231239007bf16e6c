"""HTTP doors of the registration service: parse, act, answer."""

from services.registration.routes import returns, symptom_reports, transfers, workbooks

ROUTES = [
    *returns.ROUTES,
    *symptom_reports.ROUTES,
    *transfers.ROUTES,
    *workbooks.ROUTES,
]
