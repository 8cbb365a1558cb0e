"""Columns of customer files for contacts and consents. Pure.

`phone` and `mail` are contacts; `consent_marketing_mail` and its like are decisions, with `consent_source` for how the
customer decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, create_model

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose, ContactKind
from heed_common.fields import RequestModel, ShortText, validation_error
from heed_customer.reach.contacts.rules import NewContact
from heed_customer.records.customers.rules import CustomerLine

DEFAULT_SOURCE = "import"
SOURCE_COLUMN = "consent_source"
CONTACT_COLUMNS = {"phone": ContactKind.PHONE, "mail": ContactKind.MAIL}
CONSENT_COLUMNS = {
    f"consent_{purpose.value}_{channel.value}": (purpose, channel)
    for purpose in ConsentPurpose
    for channel in ConsentChannel
}
REACH_COLUMNS = frozenset((*CONTACT_COLUMNS, *CONSENT_COLUMNS, SOURCE_COLUMN))
YES, NO = frozenset(("yes", "y", "true", "1", "是")), frozenset(("no", "n", "false", "0", "否"))


def _parse_yes_or_no(value: object) -> object:
    text = value.strip().casefold() if isinstance(value, str) else value
    if text in YES or text in NO:
        return text in YES
    if not isinstance(value, bool):
        raise validation_error("yes_or_no", "must be yes or no")
    return value


YesOrNo = Annotated[bool, BeforeValidator(_parse_yes_or_no)]
_FIELDS: dict[str, Any] = {
    **dict.fromkeys((*CONTACT_COLUMNS, SOURCE_COLUMN), (ShortText | None, None)),
    **dict.fromkeys(CONSENT_COLUMNS, (YesOrNo | None, None)),
}
ReachIn = create_model("ReachIn", __base__=RequestModel, **_FIELDS)
"""The cells of these columns."""


@dataclass(frozen=True, slots=True)
class ImportedConsent:
    """A decision in a line of a file."""

    purpose: ConsentPurpose
    channel: ConsentChannel
    granted: bool
    source: str


@dataclass(frozen=True, slots=True)
class ImportedCustomer:
    """A line of a customer file: the customer, and how to reach it."""

    line: CustomerLine
    contacts: tuple[NewContact, ...] = ()
    consents: tuple[ImportedConsent, ...] = field(default=())

    @property
    def has_reach(self) -> bool:
        """Return whether the line has contacts or consents."""
        return bool(self.contacts or self.consents)


def parse_reach(line: CustomerLine, cells: Mapping[str, object]) -> ImportedCustomer:
    """Return the line with the contacts and consents of these cells. Raises `ValidationError`."""
    values = ReachIn.model_validate(cells).model_dump(exclude_none=True)
    source = values.get(SOURCE_COLUMN, DEFAULT_SOURCE)
    return ImportedCustomer(
        line,
        tuple(NewContact(kind, values[name]) for name, kind in CONTACT_COLUMNS.items() if name in values),
        tuple(
            ImportedConsent(purpose, channel, values[name], source)
            for name, (purpose, channel) in CONSENT_COLUMNS.items()
            if name in values
        ),
    )
