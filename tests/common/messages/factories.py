"""Messages for the tests."""

from typing import Any
from uuid import uuid4

from heed_common.contracts.message import ContactChannel
from heed_common.identifiers import new_id
from heed_common.messages.queue import OutgoingMessage


def make_message(**overrides: Any) -> OutgoingMessage:
    """A message to a customer by mail, unless `overrides` has an address."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "customer_id": None if "address" in overrides else uuid4(),
        "template": "acknowledgement",
        "channels": (ContactChannel.MAIL,),
    }
    return OutgoingMessage(**(fields | overrides))
