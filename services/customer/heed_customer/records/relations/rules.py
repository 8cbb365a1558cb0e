"""Kinds of relations and between whom they are possible. Pure: no clock, no tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from heed_common.contracts.customer import CustomerKind, CustomerRole
from heed_customer.records.relations.errors import RelationImpossible


class RelationKind(StrEnum):
    """What the related customer is to this one; of `intermediary_of` what this one is to the related one."""

    PARENT = "parent"
    BRANCH = "branch"
    CONTACT_PERSON = "contact_person"
    CONTACT_PERSON_OF = "contact_person_of"
    HOUSEHOLD = "household"
    INTERMEDIARY_OF = "intermediary_of"
    INTERMEDIARY = "intermediary"


INVERSE: Mapping[RelationKind, RelationKind] = MappingProxyType(
    {
        RelationKind.PARENT: RelationKind.BRANCH,
        RelationKind.BRANCH: RelationKind.PARENT,
        RelationKind.CONTACT_PERSON: RelationKind.CONTACT_PERSON_OF,
        RelationKind.CONTACT_PERSON_OF: RelationKind.CONTACT_PERSON,
        RelationKind.HOUSEHOLD: RelationKind.HOUSEHOLD,
        RelationKind.INTERMEDIARY_OF: RelationKind.INTERMEDIARY,
        RelationKind.INTERMEDIARY: RelationKind.INTERMEDIARY_OF,
    }
)
STORED = frozenset(
    {RelationKind.PARENT, RelationKind.CONTACT_PERSON, RelationKind.HOUSEHOLD, RelationKind.INTERMEDIARY_OF}
)
"""Kinds of rows; the others are such rows seen from the related customer."""
WITH_ROLE = frozenset({RelationKind.CONTACT_PERSON, RelationKind.CONTACT_PERSON_OF})


@dataclass(frozen=True, slots=True)
class RelatedCustomer:
    """What relations depend on."""

    kind: CustomerKind
    role: CustomerRole | None


def check_relation(kind: RelationKind, customer: RelatedCustomer, related: RelatedCustomer) -> None:
    """Check a relation of a stored kind. Raises `RelationImpossible`."""
    match kind:
        case RelationKind.PARENT:
            is_possible = _are(CustomerKind.ORGANIZATION, customer, related)
        case RelationKind.HOUSEHOLD:
            is_possible = _are(CustomerKind.INDIVIDUAL, customer, related)
        case RelationKind.CONTACT_PERSON:
            is_possible = _are(CustomerKind.ORGANIZATION, customer) and _are(CustomerKind.INDIVIDUAL, related)
        case _:
            is_possible = customer.role != CustomerRole.FINAL
    if not is_possible:
        raise RelationImpossible(pointer="/kind")


def _are(kind: CustomerKind, *customers: RelatedCustomer) -> bool:
    return all(customer.kind == kind for customer in customers)
