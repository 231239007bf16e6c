"""Everything that this service seals, so that a new key reaches all of it."""

from services.reporting.actions.manage_webhooks import SEALED_AS
from shared.resealing import SealedColumn

SEALED: tuple[SealedColumn, ...] = (
    SealedColumn("webhook", ("webhook_id",), "secret_sealed", lambda _: SEALED_AS),
    SealedColumn("webhook", ("webhook_id",), "former_secret_sealed", lambda _: SEALED_AS),
)
