"""Permission to write to a customer, requested at each attempt: addresses never travel in events."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol
from uuid import UUID

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from heed_common.contracts.message import ContactChannel, ContactPurpose, MessageSubject
from heed_common.trace import current_traceparent
from heed_common.tracing.http_spans import client_span
from heed_common.tracing.tracer import Tracer

PATH = "/v1/contacts:permit"
TIMEOUT = httpx.Timeout(10.0)
MAX_CONNECTIONS = 20
REFUSALS = {"customer_unknown": "customer_unknown", "customer_erased": "erased"}
"""Codes of problems that are a decision about the customer."""


class PermitRequest(BaseModel):
    """Request for the address of one message. Asked again for the same message, it decides again and counts once."""

    model_config = ConfigDict(frozen=True)

    message_id: UUID
    customer_id: UUID
    purpose: ContactPurpose
    channels: Annotated[Sequence[ContactChannel], Field(min_length=1)]
    """Most preferred first, only those that the service can transport."""
    contact_id: UUID | None = None
    """If set, only this contact."""
    dedupe_key: str | None = None
    promotional: bool = False
    template: str | None = None
    about: MessageSubject | None = None
    service: str | None = None
    """The service that sends the message."""


class Granted(BaseModel):
    """The message may be sent to this address, not before `send_after`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    allowed: Literal[True]
    permit_id: UUID | None = None
    channel: ContactChannel
    address: str = Field(repr=False)
    contact_id: UUID | None = None
    language: str | None = None
    time_zone: str | None = None
    send_after: AwareDatetime | None = None
    preferences_url: str | None = Field(None, repr=False)
    """The customer's own page, for the text of a message."""
    unsubscribe_url: str | None = Field(None, repr=False)
    """Accepts the POST of one-click unsubscription (RFC 8058)."""


class Refused(BaseModel):
    """The message must not be sent, at least not before `retry_at`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    allowed: Literal[False]
    reason: str
    retry_at: AwareDatetime | None = None


Permit = Annotated[Granted | Refused, Field(discriminator="allowed")]
PERMIT: TypeAdapter[Granted | Refused] = TypeAdapter(Permit)


class PermitsUnavailable(Exception):
    """The customer service does not answer now, or does not accept our token; every message has to wait."""


class Permits(Protocol):
    """The customer service, as a sender sees it."""

    async def ask(self, request: PermitRequest) -> Granted | Refused: ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class HTTPPermits:
    """Permits over HTTP, for services other than the customer service."""

    customer_url: str | None
    token: SecretStr | None
    transport: httpx.AsyncBaseTransport | None = None
    tracer: Tracer | None = None
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    async def ask(self, request: PermitRequest) -> Granted | Refused:
        """Return the answer of the customer service. Raises `PermitsUnavailable`; `ValueError` for a bad request."""
        if self.customer_url is None or self.token is None:
            raise PermitsUnavailable("HEED_CUSTOMER_URL and HEED_SERVICE_TOKEN must be set")
        headers = {"Authorization": f"Bearer {self.token.get_secret_value()}"}
        try:
            with client_span(self.tracer, "POST", self.customer_url, parent=current_traceparent()) as sent:
                response = await self._opened(self.customer_url).post(
                    PATH, json=request.model_dump(mode="json"), headers=headers | sent.headers
                )
                sent.status = response.status_code
        except httpx.HTTPError as error:
            raise PermitsUnavailable(type(error).__name__) from None
        return _to_permit(response)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _opened(self, base_url: str) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=MAX_CONNECTIONS)
            self._client = httpx.AsyncClient(
                base_url=base_url, timeout=TIMEOUT, limits=limits, transport=self.transport
            )
        return self._client


def _to_permit(response: httpx.Response) -> Granted | Refused:
    if (reason := REFUSALS.get(_problem_code(response))) is not None:
        return Refused(allowed=False, reason=reason)
    if response.status_code in (401, 403, 429) or response.is_server_error or response.is_redirect:
        raise PermitsUnavailable(f"HTTP {response.status_code}")
    if not response.is_success:
        raise ValueError(f"the request for a permit was refused: HTTP {response.status_code}")
    try:
        return PERMIT.validate_json(response.content)
    except ValidationError as error:
        raise PermitsUnavailable(f"no permit: {error.error_count()} errors") from None


def _problem_code(response: httpx.Response) -> str:
    """Return the code of a problem, or an empty text."""
    if not response.is_client_error:
        return ""
    try:
        problem = response.json()
    except ValueError:
        return ""
    return str(problem.get("code", "")) if isinstance(problem, dict) else ""
