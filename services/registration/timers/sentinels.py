"""Clock door of sentinels: their silence is noticed, and their figures are kept fresh."""

from services.registration.actions.sentinels.notice_silence import notice_silence, take_figures
from services.registration.actions.sentinels.reseal_in_charge import reseal_in_charge
from services.registration.service import Registration
from shared.duties import Duty

RESEAL_SECONDS = 600.0
"""Real seconds between two looks for what an old key sealed; keys change rarely."""

REFRESH_SECONDS = 15.0
"""Real seconds between two looks at the figures; Prometheus rarely asks more often."""


def duties(registration: Registration) -> list[Duty]:
    """Return what is done about sentinels because time passes."""

    async def notice() -> bool:
        now = registration.clock.now()
        more = await notice_silence(registration.database, registration.surveillance.silence, now=now)
        registration.wake()
        return more

    async def refresh() -> bool:
        figures = await take_figures(registration.database, now=registration.clock.now())
        metrics = registration.metrics
        metrics.sentinels.set(figures["open"])
        metrics.silent_sentinels.set(figures["silent"])
        metrics.late_symptom_reports.set(figures["late"])
        metrics.missing_symptom_reports.set(figures["missing"])
        metrics.drug_buyers_to_be_followed.set(figures["to_be_followed"])
        return False

    begin = ("", "")

    async def reseal() -> bool:
        nonlocal begin
        following = await reseal_in_charge(registration.database, registration.sealer, begin)
        begin = following or ("", "")
        return following is not None

    return [
        Duty("notice-silent-sentinels", notice, rest_seconds=5.0),
        Duty("reseal-sentinels", reseal, rest_seconds=RESEAL_SECONDS),
        Duty("refresh-sentinel-figures", refresh, rest_seconds=REFRESH_SECONDS),
    ]
