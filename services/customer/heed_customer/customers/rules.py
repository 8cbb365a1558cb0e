"""What is told of a customer, and what changes by a patch. Pure: no clock, no tables."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from heed_common.content_hash import fingerprint
from heed_common.contracts.customer import BuyerType, CustomerKind, CustomerRole

MANDATORY = frozenset({"kind", "name"})


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer as the caller told it."""

    kind: CustomerKind
    name: str
    external_id: str | None = None
    role: CustomerRole | None = None
    buyer_type: BuyerType | None = None
    language: str | None = None
    time_zone: str | None = None
    region: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer as a file has it: nothing follows from a field that is not given."""

    customer: NewCustomer
    given: frozenset[str]

    def fields(self) -> dict[str, object]:
        """Return the given fields; the external_id is the name of the record and not a field."""
        return {name: getattr(self.customer, name) for name in self.given if name != "external_id"}


def content_of(customer: NewCustomer) -> bytes:
    """The fingerprint by which a repeated registration is known."""
    return fingerprint(asdict(customer))


def changes(present: Mapping[str, object], wanted: Mapping[str, object]) -> dict[str, object]:
    """What of the patch differs from what is there."""
    return {name: value for name, value in wanted.items() if value != present[name]}


def is_handed_over(owner: str | None, changed: Mapping[str, object]) -> bool:
    """Whether somebody takes over from the account manager who was there; the first one takes over from nobody."""
    return owner is not None and changed.get("owner") is not None
