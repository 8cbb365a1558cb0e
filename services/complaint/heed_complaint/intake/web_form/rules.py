"""What a form says, and how it is known again. Pure."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from heed_common.content_hash import fingerprint
from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.languages import Language
from heed_common.occurrence import InTheFuture, too_early
from heed_complaint.intake.web_form.errors import KeyTooShort
from heed_complaint.lifecycle.opening.rules import NewComplaint

NOON = time(12)
MIN_KEY, MAX_KEY = 16, 255
"""The key of a form gives access to the private link of its complaint, so it must be hard to guess."""


@dataclass(frozen=True, slots=True)
class Form:
    """What somebody without an account tells us."""

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
        said = asdict(self)
        return fingerprint(said | {"occurred_on": self.occurred_on and self.occurred_on.isoformat()})

    def as_new(self, *, occurred_at: datetime) -> NewComplaint:
        """How bad it is the desk will say."""
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


def key_hash(source: str, key: str) -> bytes:
    """What came in under this name from this source; names of different sources never meet."""
    return hashlib.sha256(f"{source}\n{key}".encode()).digest()


def form_key(form: Form, key: str | None, *, header: str | None) -> bytes | None:
    """Return the hash that identifies a repeated form, from a secret of its sender. None for a form without one.

    An Idempotency-Key is hashed with the content, because clients without a token share one namespace of keys.
    """
    if key is not None:
        return key_hash("form", key)
    return key_hash("form", f"{header} {form.fingerprint.hex()}") if header else None


def answer_key(complaint_id: UUID, text: str, key: str | None, *, header: str | None) -> bytes | None:
    """Return the hash that identifies a repeated answer over a private link; None for an answer without a key."""
    if key is not None:
        return key_hash(f"answer {complaint_id}", key)
    return key_hash(f"answer {complaint_id}", f"{header} {text}") if header else None


def check_header_key(header: str | None) -> None:
    """Raise `KeyTooShort` for an Idempotency-Key that others could guess or choose as well."""
    if header is not None and not MIN_KEY <= len(header) <= MAX_KEY:
        raise KeyTooShort


def occurrence(day: date | None, *, zone: ZoneInfo, earliest: date, now: datetime) -> datetime:
    """People remember the day: noon of it stands for it, but nothing has happened later than now."""
    if day is None:
        return now
    if day > now.astimezone(zone).date():
        raise InTheFuture("This day is still to come.", pointer="/occurred_on")
    if day < earliest:
        raise too_early(earliest, pointer="/occurred_on")
    return min(datetime.combine(day, NOON, zone), now)
