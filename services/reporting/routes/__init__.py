"""HTTP door of the reporting service."""

from services.reporting.routes import cases, daily_reports, webhooks

ROUTES = [*cases.ROUTES, *daily_reports.ROUTES, *webhooks.ROUTES]
