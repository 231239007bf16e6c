"""HTTP door of the reporting service."""

from services.reporting.routes import cases, daily_reports

ROUTES = [*cases.ROUTES, *daily_reports.ROUTES]
