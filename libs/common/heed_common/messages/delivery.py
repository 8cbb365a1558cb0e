"""One attempt to send a message: permit, text, hand-over, result."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from heed_common.clock import Clock
from heed_common.contracts.message import ContactChannel
from heed_common.database import Database
from heed_common.encryption import FieldCipher
from heed_common.languages import Language
from heed_common.messages import contents, rendering, templates
from heed_common.messages.contents import PendingContent
from heed_common.messages.delivery_log import DeliveryLog, HandOverHook
from heed_common.messages.late_parts import NO_LATE_PARTS, LateParts, Withdrawn
from heed_common.messages.permits import Granted, PermitRequest, Permits, Refused
from heed_common.messages.rendering import RenderedText
from heed_common.messages.repository import Change, ClaimedMessage, End, Mark, Release
from heed_common.messages.tables import MessageState
from heed_common.messages.templates import Catalogue, TemplateVersion, to_language
from heed_common.messages.transports.protocols import (
    Connection,
    Delivery,
    PermanentFailure,
    TransientFailure,
    Transport,
)
from heed_common.metrics import Metrics
from heed_common.session_cipher import NoCipher

FIRST_DELAY, MAX_DELAY = timedelta(seconds=30), timedelta(hours=1)
CLOCK_TOLERANCE = timedelta(minutes=1)
"""The clock of the customer service may run a little ahead: then every message would have to wait."""
TEMPLATE_SECONDS = 5
"""How long a template is used before it is loaded again: an edited one is in force after this time."""


@dataclass(slots=True)
class Attempt:
    """An attempt at one message, and how far it got."""

    message: ClaimedMessage
    handed_over: bool = False


@dataclass(slots=True)
class Deliveries:
    """What every attempt of a service needs."""

    database: Database
    permits: Permits
    catalogue: Catalogue
    transportable: frozenset[ContactChannel]
    """All channels of the service's transports together."""
    clock: Clock
    metrics: Metrics
    late_parts: LateParts = field(default_factory=lambda: NO_LATE_PARTS)
    on_hand_over: HandOverHook | None = None
    first_delay: timedelta = FIRST_DELAY
    """Time until the second attempt at a message that was deferred."""
    _templates: dict[tuple[str, Language], tuple[datetime, TemplateVersion]] = field(default_factory=dict)

    @property
    def cipher(self) -> FieldCipher:
        """Return the cipher of the contents. Raises `NoCipher`."""
        if self.database.cipher is None:
            raise NoCipher
        return self.database.cipher

    async def deliver(self, attempt: Attempt, transport: Transport, log: DeliveryLog) -> Change | None:
        """Send the message. Return the result, to be recorded; None if another sender has taken the message over.

        Raises `Unavailable` and `PermitsUnavailable`, after which every message has to wait, and any error of a message
        that cannot be processed.
        """
        message = attempt.message
        if (obstacle := self._obstacle(message)) is not None:
            return End(message, MessageState.FAILED, obstacle)
        content = contents.decrypt_pending(message.pending, message_id=message.id, cipher=self.cipher)
        try:
            params = {**content.params, **await self._late_params(message)}
        except Withdrawn as withdrawn:
            return End(message, MessageState.SUPPRESSED, withdrawn.reason)
        # Step 1: the connection comes first, so that nothing but the mail itself follows on the permit.
        async with transport.connection() as connection:
            # Step 2: a customer who has opted out meanwhile gets nothing, however late the attempt.
            permit = await self._ask(message)
            if isinstance(permit, Refused):
                return _refusal(message, permit)
            if permit is not None and (release := self._not_now(message, permit, transport)) is not None:
                return release
            # Step 3: the text.
            template, text = await self._render(message, params, permit)
            # Step 4: the attempt is recorded before the hand-over, so that a repetition is noticed.
            delivery = _delivery(message, content, permit, template, text)
            if not await log.record(_mark(message, permit, template, delivery.address)):
                return None
            attempt.handed_over = True
            if message.in_transit:
                self.metrics.message_possible_duplicates.labels(transport=transport.name).inc()
            return await self._send(message, delivery, connection, transport)

    async def record(self, result: Change, transport: Transport, log: DeliveryLog) -> None:
        """Record the result, together with the marks of the next messages."""
        if await log.record(result) and isinstance(result, End):
            self.metrics.messages.labels(transport=transport.name, state=result.state).inc()

    def retry_delay(self, message: ClaimedMessage) -> timedelta:
        """Return the time until the next attempt: twice as long after each, at most an hour, with jitter."""
        delay = min(self.first_delay.total_seconds() * 2.0 ** min(message.attempts, 20), MAX_DELAY.total_seconds())
        return timedelta(seconds=delay * random.uniform(0.75, 1.25))  # noqa: S311 - nothing secret

    async def _send(
        self, message: ClaimedMessage, delivery: Delivery, connection: Connection, transport: Transport
    ) -> Change:
        """Hand the message over. Return the result."""
        try:
            await connection.send(delivery)
        except PermanentFailure as failure:
            return End(message, MessageState.BOUNCED if failure.bounced else MessageState.FAILED, failure.reason)
        except TransientFailure as failure:
            self.metrics.message_retries.labels(transport=transport.name).inc()
            due_at = self.clock.now() + self.retry_delay(message)
            return Release(message, due_at, failure.reason, in_transit=failure.uncertain)
        return End(message, MessageState.SENT, sent=self._sent(message, delivery))

    def _obstacle(self, message: ClaimedMessage) -> str | None:
        """Return why the message cannot be sent at all."""
        if message.is_dropped:
            return "dropped"
        if self.clock.now() >= message.expires_at:
            return "expired"
        return None if self._channels(message) else "no_transport"

    async def _ask(self, message: ClaimedMessage) -> Granted | Refused | None:
        """Return the permit; None for a recipient who wrote to the service from this address."""
        if message.customer_id is None:
            return None
        return await self.permits.ask(
            PermitRequest(
                message_id=message.id,
                customer_id=message.customer_id,
                purpose=message.purpose,
                channels=self._channels(message),
                contact_id=message.only_contact_id,
                dedupe_key=message.dedupe_key,
                promotional=message.promotional,
                template=message.template,
                about=message.about,
                service=self.metrics.service,
            )
        )

    def _not_now(self, message: ClaimedMessage, permit: Granted, transport: Transport) -> Release | None:
        """Return the release of a message that has to wait for quiet hours, or goes through another transport."""
        now, in_transit = self.clock.now(), message.in_transit
        if permit.send_after is not None and permit.send_after > now + CLOCK_TOLERANCE:
            return Release(message, permit.send_after, "quiet_hours", in_transit)
        if permit.channel not in transport.channels:
            return Release(message, now, None, in_transit, channel=permit.channel)
        return None

    def _sent(self, message: ClaimedMessage, delivery: Delivery) -> bytes | None:
        """Return the encrypted text; None if it has a secret and is not stored."""
        if message.secret or message.template in self.late_parts:
            return None
        return contents.encrypt_sent(delivery.subject, delivery.text, message_id=message.id, cipher=self.cipher)

    async def _late_params(self, message: ClaimedMessage) -> Mapping[str, Any]:
        """Return the parameters that exist for this attempt only. Raises `Withdrawn`."""
        late = self.late_parts.get(message.template)
        return {} if late is None else await late(message)

    async def _render(
        self, message: ClaimedMessage, params: Mapping[str, Any], permit: Granted | None
    ) -> tuple[TemplateVersion, RenderedText]:
        language = to_language(message.language or (permit.language if permit else None))
        template = await self._template(message.template, language)
        common: Mapping[str, Any] = {"preferences_url": permit.preferences_url if permit else None}
        channel = permit.channel if permit else message.channel
        return template, rendering.render(template.text, {**common, **params}, channel=channel)

    async def _template(self, name: str, language: Language) -> TemplateVersion:
        now, cached = self.clock.now(), self._templates.get((name, language))
        if cached is not None and now - cached[0] < timedelta(seconds=TEMPLATE_SECONDS):
            return cached[1]
        async with self.database.transaction() as session:
            template = await templates.get_template(session, self.catalogue, name=name, language=language)
        self._templates[name, language] = (now, template)
        return template

    def _channels(self, message: ClaimedMessage) -> list[ContactChannel]:
        return [channel for channel in message.channels if channel in self.transportable]


def _refusal(message: ClaimedMessage, refused: Refused) -> Change:
    """Return the result of a message that is not permitted: it waits, or is suppressed."""
    if refused.retry_at is not None and refused.retry_at < message.expires_at:
        return Release(message, refused.retry_at, refused.reason, in_transit=message.in_transit)
    return End(message, MessageState.SUPPRESSED, refused.reason)


def _mark(message: ClaimedMessage, permit: Granted | None, template: TemplateVersion, address: str) -> Mark:
    if permit is None:
        return Mark(message, message.channel, None, None, template.version, address)
    return Mark(message, permit.channel, permit.contact_id, permit.permit_id, template.version, address)


def _delivery(
    message: ClaimedMessage,
    content: PendingContent,
    permit: Granted | None,
    template: TemplateVersion,
    text: RenderedText,
) -> Delivery:
    address = permit.address if permit is not None else content.address
    if address is None:
        raise ValueError("a message without a recipient")
    return Delivery(
        message_id=message.id,
        channel=permit.channel if permit is not None else message.channel,
        address=address,
        language=template.language,
        template=message.template,
        subject=text.subject,
        text=text.text,
        html=text.html,
        promotional=message.promotional,
        unsubscribe_url=permit.unsubscribe_url if permit is not None else None,
        in_reply_to=content.in_reply_to,
        references=content.references,
        about=message.about,
        created_at=message.created_at,
    )
