"""What this service keeps sealed, for a change of keys."""

from shared.resealing import SealedColumn

SEALED: tuple[SealedColumn, ...] = (SealedColumn("duty_channel", ("person_id", "position"), "sealed", None),)
"""Sealed anew by `reseal_channels`: with the seal, the keyed hash of the gateway changes."""
