"""What a form says, and how it is known again. Pure."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from heed_common.contracts.complaint import CaseKind, Severity
from heed_common.fingerprints import fingerprint
from heed_common.languages import Language
from heed_complaint.complaints.errors import InTheFuture
from heed_complaint.complaints.rules import NewComplaint

NOON = time(12)


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


def shared_key(form: Form, header: str | None) -> str | None:
    """Of the header that all our POSTs know. People without a token share none: it counts with the same words only."""
    return f"{header} {form.fingerprint.hex()}" if header else None


def form_key(form: Form, key: str | None, *, now: datetime) -> bytes:
    """Of a form that names no key, what it says: the same words of the same day are the same form."""
    return key_hash("form", key or f"{form.fingerprint.hex()} {now.astimezone(UTC).date()}")


def occurrence(day: date | None, *, zone: ZoneInfo, now: datetime) -> datetime:
    """People remember the day: noon of it stands for it, but nothing has happened later than now."""
    if day is None:
        return now
    if day > now.astimezone(zone).date():
        raise InTheFuture("This day is still to come.", pointer="/occurred_on")
    return min(datetime.combine(day, NOON, zone), now)
