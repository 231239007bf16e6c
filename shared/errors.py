"""What can be refused, and how: the kind of an error decides its HTTP status and a message's fate.

For HTTP the kind gives the status and the problem type. For a message on the bus, `retry` decides
whether it is delivered again after a delay or put aside as a dead letter with its reason.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

_NO_CONTEXT: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that was refused, and why; `field` is dotted, with positions: `results.3.sampled_at`."""

    field: str
    reason: str
    type: str = dataclasses.field(default="", compare=False)
    """Which of pydantic's errors it is, where pydantic found it: the reason in Chinese goes by it."""
    context: Mapping[str, Any] = dataclasses.field(
        default_factory=lambda: _NO_CONTEXT, compare=False, repr=False
    )
    """What pydantic's sentence was filled with."""


class DutyclockError(Exception):
    """What every refusal of this project is a kind of; `detail` is fit to be shown to the caller."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "unexpected"
    retry: ClassVar[bool] = False

    def __init__(
        self, detail: str, *, problems: Sequence[FieldProblem] = (), clause: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)
        self.clause = clause

    @property
    def retry_after_seconds(self) -> int | None:
        """After how many seconds the same call may succeed; None when waiting does not help."""
        return None


class MalformedInput(DutyclockError):
    """The bytes cannot be read: broken JSON, no UTF-8, a tampered cursor."""

    status = 400
    slug = "malformed-input"


class Unauthenticated(DutyclockError):
    """No key or token, or one that is not valid any more."""

    status = 401
    slug = "unauthenticated"


class Forbidden(DutyclockError):
    """The key is known and its scope or division does not reach this far."""

    status = 403
    slug = "forbidden"


class NotFound(DutyclockError):
    """Not there, or outside the caller's subtree, which is not told apart."""

    status = 404
    slug = "not-found"


class MethodNotAllowed(DutyclockError):
    """The path exists and does not answer this method."""

    status = 405
    slug = "method-not-allowed"


class Conflict(DutyclockError):
    """The facts on record contradict the order, for example a review before its report."""

    status = 409
    slug = "conflict"


class InProgress(Conflict):
    """The same call is being carried out at this moment."""

    slug = "in-progress"

    @property
    def retry_after_seconds(self) -> int:
        return 1


class TooLarge(DutyclockError):
    """More bytes or rows than one call may carry."""

    status = 413
    slug = "too-large"


class UnsupportedMedia(DutyclockError):
    """The media type of the body is none that this route reads."""

    status = 415
    slug = "unsupported-media-type"


class InvalidInput(DutyclockError):
    """Readable, but a field is missing, unknown, contradictory or out of its range."""

    status = 422
    slug = "invalid-input"


class RateLimited(DutyclockError):
    """Too many calls by one caller."""

    status = 429
    slug = "rate-limited"

    def __init__(self, detail: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self._retry_after_seconds = retry_after_seconds

    @property
    def retry_after_seconds(self) -> int:
        return self._retry_after_seconds


class Unavailable(DutyclockError):
    """The database or the bus does not answer; nothing was stored, and the call can be repeated."""

    status = 503
    slug = "unavailable"
    retry = True

    @property
    def retry_after_seconds(self) -> int | None:
        return 2


class SealingKeyUnset(Unavailable):
    """What is asked for is sealed under a key that an operator has not set; repeating does not help."""

    slug = "sealing-key-unset"

    @property
    def retry_after_seconds(self) -> None:
        return None
