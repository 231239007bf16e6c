"""Figures of campaigns that run, for the wall; the code of a campaign names no person."""

from prometheus_client import CollectorRegistry, Gauge


class CampaignMetrics:
    """What the watch saw last, by campaign."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.people = Gauge(
            "testing_campaign_people",
            "People of running campaigns: to be tested, sampled, arrived, resulted",
            ["campaign", "stage"],
            registry=registry,
        )
        self.positive_tubes = Gauge(
            "testing_campaign_positive_tubes",
            "Positive tubes of running campaigns, pools among them",
            ["campaign"],
            registry=registry,
        )
        self.behind = Gauge(
            "testing_campaign_behind",
            "1 for a running campaign whose foretold finish lies beyond its limit",
            ["campaign"],
            registry=registry,
        )

    def forget(self) -> None:
        """Drop campaigns that may be over."""
        for gauge in (self.people, self.positive_tubes, self.behind):
            gauge.clear()
