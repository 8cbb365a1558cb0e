"""The transports that the settings describe."""

from heed_common.clock import Clock
from heed_common.contracts.message import ContactChannel
from heed_common.messages.settings import MessageSettings
from heed_common.messages.transports.eml import EMLTransport
from heed_common.messages.transports.protocols import Transport
from heed_common.messages.transports.smtp import SMTPTransport
from heed_common.messages.transports.webhook import WebhookTransport

MAIL = frozenset({ContactChannel.MAIL})
GATEWAY = frozenset({ContactChannel.SMS, ContactChannel.WECOM})


def transportable_channels(settings: MessageSettings) -> frozenset[ContactChannel]:
    """Return the channels that a message of this service can use: mails by SMTP, all by a gateway, or all as files."""
    if settings.smtp_url and not settings.message_webhook_url:
        return MAIL
    return MAIL | GATEWAY


def open_transports(settings: MessageSettings, *, clock: Clock) -> list[Transport]:
    """Return the transports, each of them with the channels that no earlier one has."""
    transports: list[Transport] = []
    if server := settings.smtp_server:
        transports.append(
            SMTPTransport(
                server,
                sender=settings.sender,
                clock=clock,
                concurrency=settings.smtp_connections,
                timeout=settings.smtp_seconds,
            )
        )
    if settings.message_webhook_url and settings.message_webhook_secret:
        channels = GATEWAY if transports else MAIL | GATEWAY
        url, secret = settings.message_webhook_url, settings.message_webhook_secret
        transports.append(WebhookTransport(url, secret, clock=clock, channels=channels))
    return transports or [EMLTransport(settings.mail_folder, sender=settings.sender, clock=clock)]
