"""Figures of the responsibility grid, of five for one, and of the daily round."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.registration.actions.care.take_care_figures import CareFigures


class CareMetrics:
    """The figures of care, in the registry that `/metrics` shows; gauges are what the database holds."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.charges = Counter(
            "registration_charges_total",
            "Charges of responsible people that began or ended by the duty, by what became of them",
            ["change"],
            registry=registry,
        )
        self._villages = Gauge(
            "registration_grid_villages_without",
            "Villages for which nobody at work holds a role of the three levels",
            ["role", "district"],
            registry=registry,
        )
        self._buildings = Gauge(
            "registration_grid_buildings_without_grid_worker",
            "Buildings of the grid without a grid worker at work",
            ["district"],
            registry=registry,
        )
        self._people = Gauge(
            "registration_five_people_without",
            "People under care for whom nobody holds a role of the five",
            ["role", "district"],
            registry=registry,
        )
        self._without_report = Gauge(
            "registration_health_reports_missing",
            "People who owe today's health report and have sent none yet",
            registry=registry,
        )
        self._episodes = Gauge(
            "registration_symptom_episodes",
            "Episodes of symptoms that have not been closed, by state",
            ["state"],
            registry=registry,
        )
        for change in ("begun", "ended"):
            self.charges.labels(change)

    def show(self, figures: CareFigures) -> None:
        """Bring the gauges to what was counted."""
        for (role, district), villages in figures.villages_without.items():
            self._villages.labels(role, district).set(villages)
        for district, buildings in figures.buildings_without.items():
            self._buildings.labels(district).set(buildings)
        for (role, district), people in figures.people_without.items():
            self._people.labels(role, district).set(people)
        self._without_report.set(figures.without_report)
        for state, episodes in figures.episodes.items():
            self._episodes.labels(state).set(episodes)
