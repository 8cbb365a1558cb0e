"""Operations that will be removed: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594) in their responses and documents.

`dependencies=[deprecated(since=date(2027, 3, 1), sunset=date(2028, 3, 1), see="/docs/…")]` declares one; the policy
is in docs/http-api.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime

from fastapi import params

MIN_NOTICE = timedelta(days=180)
"""From the announcement to the removal."""


@dataclass(frozen=True, slots=True)
class Deprecation:
    """When the operation was deprecated, when it will be removed, and the page that names what to use instead."""

    since: date
    sunset: date
    see: str

    async def __call__(self) -> None:
        """Do nothing: it is one of the dependencies of a route, which announces it."""

    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the headers of each response of the operation."""
        since, sunset = (datetime.combine(day, time(), UTC) for day in (self.since, self.sunset))
        return (
            (b"deprecation", f"@{since.timestamp():.0f}".encode()),
            (b"sunset", format_datetime(sunset, usegmt=True).encode()),
            (b"link", f'<{self.see}>; rel="deprecation", <{self.see}>; rel="sunset"'.encode()),
        )


def deprecated(*, since: date, sunset: date, see: str) -> params.Depends:
    """Return the dependency that declares an operation as deprecated."""
    if sunset - since < MIN_NOTICE:
        raise ValueError(f"callers have at least {MIN_NOTICE.days} days to change")
    return params.Depends(Deprecation(since, sunset, see))


def deprecation_of(dependencies: Sequence[params.Depends]) -> Deprecation | None:
    """Return the declaration among the dependencies of a route; None if it stays."""
    return next((part.dependency for part in dependencies if isinstance(part.dependency, Deprecation)), None)
