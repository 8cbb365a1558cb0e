"""Parameters of a message that are made when it is sent, at each attempt again, and stored nowhere.

The link in an invitation to an anonymous survey is drawn at that moment: neither the queue nor the log of messages may
contain what was drawn for whom. So the text of a message with such a part is not stored either.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

from heed_common.messages.repository import ClaimedMessage


class Withdrawn(Exception):
    """The message is no longer to be sent; the reason is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LatePart(Protocol):
    """Makes the parameters of one attempt."""

    async def __call__(self, message: ClaimedMessage, /) -> Mapping[str, Any]:
        """Return further parameters of the template. Raises `Withdrawn`."""
        ...


LateParts = Mapping[str, LatePart]
"""By template."""
NO_LATE_PARTS: LateParts = MappingProxyType({})
