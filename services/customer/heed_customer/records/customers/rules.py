"""New customers and changes of customers. Pure: no clock, no tables."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from heed_common.content_hash import fingerprint
from heed_common.contracts.customer import BuyerType, CustomerKind, CustomerRole


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer to register."""

    kind: CustomerKind
    name: str
    external_id: str | None = None
    role: CustomerRole | None = None
    buyer_type: BuyerType | None = None
    language: str | None = None
    time_zone: str | None = None
    region: str | None = None
    owner: str | None = None

    def fields(self) -> dict[str, object]:
        """Return all fields; the external_id identifies the customer and is none."""
        return {name: value for name, value in asdict(self).items() if name != "external_id"}


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """A customer as a line of a file has it: a field that is not given changes nothing."""

    customer: NewCustomer
    given: frozenset[str]

    def fields(self) -> dict[str, object]:
        """Return the given fields; the external_id identifies the line and is not a field."""
        return {name: getattr(self.customer, name) for name in self.given if name != "external_id"}


def content_hash(customer: NewCustomer) -> bytes:
    """Return the hash by which a repeated registration is recognised."""
    return fingerprint(asdict(customer))


def changed_fields(current: Mapping[str, object], new: Mapping[str, object]) -> dict[str, object]:
    """Return the new values that differ from the current ones."""
    return {name: value for name, value in new.items() if value != current[name]}


def is_handed_over(owner: str | None, changed: Mapping[str, object]) -> bool:
    """Return whether an account manager takes over from another; the first one takes over from no one."""
    return owner is not None and changed.get("owner") is not None
