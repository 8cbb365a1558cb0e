"""The content of a form and the keys by which its repetition is recognised. Pure."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from heed_common.content_hash import fingerprint
from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.languages import Language
from heed_common.occurrence import InTheFuture, too_early
from heed_complaint.intake.submissions.rules import key_hash
from heed_complaint.intake.web_form.errors import KeyTooShort
from heed_complaint.lifecycle.opening.rules import NewComplaint

NOON = time(12)
MIN_KEY, MAX_KEY = 16, 255
"""The key of a form gives access to the private link of its complaint, so it must be hard to guess."""


@dataclass(frozen=True, slots=True)
class Form:
    """A complaint as a person without an account describes it."""

    kind: CaseKind
    category: str
    description: str
    product: str | None
    occurred_on: date | None
    name: str | None
    contact: str | None
    language: Language

    @property
    def fingerprint(self) -> bytes:
        content = asdict(self)
        return fingerprint(content | {"occurred_on": self.occurred_on and self.occurred_on.isoformat()})

    def to_new_complaint(self, *, occurred_at: datetime) -> NewComplaint:
        """Return the complaint to open; an agent will judge its severity."""
        return NewComplaint(
            external_id=None,
            customer_id=None,
            kind=self.kind,
            channel="web",
            category=self.category,
            severity=Severity.MINOR,
            description=self.description,
            occurred_at=occurred_at,
            received_at=None,
            dispatch_received_at=None,
            service_point_id=None,
            product=self.product,
            purchase_id=None,
            amount_at_stake=None,
            currency=None,
        )


def form_key(form: Form, key: str | None, *, header: str | None) -> bytes | None:
    """Return the hash that identifies a repeated form, from a secret of its sender. None for a form without one.

    An Idempotency-Key is hashed with the content, because clients without a token share one namespace of keys.
    """
    if key is not None:
        return key_hash("form", key)
    return key_hash("form", f"{header} {form.fingerprint.hex()}") if header else None


def check_header_key(header: str | None) -> None:
    """Raise `KeyTooShort` for an Idempotency-Key that others could guess or choose as well."""
    if header is not None and not MIN_KEY <= len(header) <= MAX_KEY:
        raise KeyTooShort


def occurred_at_from_day(day: date | None, *, zone: ZoneInfo, earliest: date, now: datetime) -> datetime:
    """Return noon of the day, but no later than now; without a day, now. Raises `InTheFuture` and its opposite."""
    if day is None:
        return now
    if day > now.astimezone(zone).date():
        raise InTheFuture("This day is still to come.", pointer="/occurred_on")
    if day < earliest:
        raise too_early(earliest, pointer="/occurred_on")
    return min(datetime.combine(day, NOON, zone), now)
