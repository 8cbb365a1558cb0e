"""Messages for the tests, their templates, and a customer service that permits them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from heed_common.contracts.message import ContactChannel
from heed_common.identifiers import new_id
from heed_common.messages.permits import Granted, PermitRequest, Refused
from heed_common.messages.queue import OutgoingMessage
from heed_common.messages.rendering import TemplateText
from heed_common.messages.templates import Catalogue, ShippedTemplate

CATALOGUE: Catalogue = {
    "acknowledgement": ShippedTemplate(
        titles={"en": "Acknowledgement", "zh": "受理通知"},
        texts={
            "en": TemplateText("We received your complaint", "Dear {{ name }},\n\nwe received it.\n"),
            "zh": TemplateText(
                "我们已收到您的投诉", "尊敬的{{ name }}：\n\n我们已收到。\n", "<p>尊敬的{{ name }}</p>", "已收到"
            ),
        },
        sample={"name": "李伟"},
    )
}


def make_message(**overrides: Any) -> OutgoingMessage:
    """A message to a customer by mail, unless `overrides` has an address."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "customer_id": None if "address" in overrides else uuid4(),
        "template": "acknowledgement",
        "channels": (ContactChannel.MAIL,),
        "params": {"name": "Li"},
    }
    return OutgoingMessage(**(fields | overrides))


def address_of(customer_id: UUID) -> str:
    return f"c{customer_id.hex}@example.com"


@dataclass
class FakePermits:
    """Grants every request by mail, but to those who opted out; or answers what the test has set."""

    opted_out: set[UUID] = field(default_factory=set)
    answers: dict[UUID, Granted | Refused] = field(default_factory=dict)
    """By customer."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of every grant."""
    error: Exception | None = None
    requests: list[PermitRequest] = field(default_factory=list)

    async def ask(self, request: PermitRequest) -> Granted | Refused:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        if request.customer_id in self.opted_out:
            return Refused(allowed=False, reason="opted_out")
        if request.customer_id in self.answers:
            return self.answers[request.customer_id]
        grant = {"allowed": True, "channel": request.channels[0], "address": address_of(request.customer_id)}
        return Granted.model_validate(grant | {"language": "en", "permit_id": uuid4()} | dict(self.fields))

    async def close(self) -> None: ...
