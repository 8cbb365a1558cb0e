"""Settings of services that send messages: SMTP server, gateway, sender, and where contact addresses are asked for."""

import base64
import binascii
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from heed_common.encryption import FieldCipher, new_key, parse_keys
from heed_common.settings import NO_DATABASE_URL, EncryptionKeys, ServiceSettings, SettingsError

Security = Literal["none", "starttls", "tls"]
SCHEMES: dict[str, tuple[Security, int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}
"""Security and default port by scheme."""
MIN_SECRET_BYTES = 24
DEFAULT_SENDER = "Heed <heed@localhost>"


@dataclass(frozen=True, slots=True)
class SMTPServer:
    """A mail server, as HEED_SMTP_URL describes it."""

    host: str
    port: int
    security: Security
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    """Certificates to trust instead of those of the system."""


def parse_smtp_url(url: str, *, ca_file: Path | None = None) -> SMTPServer:
    """Return the server. Raises `ValueError` that repeats nothing of the URL, which may contain a password."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be an address such as smtp+starttls://user:password@host:587, smtps://… or smtp://…")
    security, default_port = SCHEMES[parts.scheme]
    if bool(parts.username) != bool(parts.password):
        raise ValueError("must have both a user and a password, or neither")
    if parts.username and security == "none":
        raise ValueError("a password needs smtp+starttls:// or smtps://, it would be readable on the network")
    return SMTPServer(
        parts.hostname,
        _port(parts) or default_port,
        security,
        unquote(parts.username) if parts.username else None,
        SecretStr(unquote(parts.password)) if parts.password else None,
        ca_file,
    )


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        raise ValueError("the port must be a number up to 65535") from None


def _smtp_url(url: SecretStr) -> SecretStr:
    parse_smtp_url(url.get_secret_value())
    return url


def parse_sender(text: str) -> Address:
    """Return the sender of mails. Raises `ValueError`."""
    name, spec = parseaddr(text)
    try:
        address = Address(name, addr_spec=spec)
    except (MessageError, ValueError, IndexError):
        address = None
    if address is None or not address.username or not address.domain or not spec.isascii():
        raise ValueError("must be an address such as Customer service <service@example.com>")
    return address


def _sender(text: str) -> str:
    parse_sender(text)
    return text


def _webhook_secret(secret: SecretStr) -> SecretStr:
    encoded = secret.get_secret_value().removeprefix("whsec_")
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) < MIN_SECRET_BYTES:
        raise ValueError(f"must be whsec_ and at least {MIN_SECRET_BYTES} random bytes in base64")
    return secret


class MessageSettings(ServiceSettings):
    """Settings of a service that sends messages."""

    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] | None = None
    smtp_ca_file: Path | None = None
    """Certificates that the mail server's must be signed by, instead of those of the system."""
    smtp_connections: int = Field(8, ge=1, le=50)
    smtp_seconds: float = Field(30.0, gt=0, le=120)
    """Time limit of each reply of the mail server."""
    mail_from: Annotated[str, AfterValidator(_sender)] = DEFAULT_SENDER
    message_webhook_url: str | None = Field(None, pattern=r"^https?://\S+$", repr=False)
    message_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = None
    data_dir: Path = Path(".heed")
    """Its folder `mail` gets the messages where there is neither a mail server nor a gateway."""
    customer_url: str | None = Field(None, pattern=r"^https?://\S+$")
    """Base address of the customer service, which permits each message."""
    contact_keys: EncryptionKeys | None = None
    """Keys that encrypt contacts, messages and sensitive fields, newest first; the same in all services that send."""
    message_days: int = Field(730, ge=30, le=3650)
    """Days that a message is stored after it was sent or given up."""

    @classmethod
    def for_documents(cls) -> Self:
        return cls.load(database_url=NO_DATABASE_URL, contact_keys=new_key())

    def field_cipher(self) -> FieldCipher:
        """Return the cipher of personal data at rest. Raises `SettingsError` without keys."""
        if self.contact_keys is None:
            raise SettingsError(
                "HEED_CONTACT_KEYS: must be set, or HEED_CONTACT_KEYS_FILE, to keys that encrypt contacts; "
                f"`python -m heed_{self.service} new-key` prints one"
            )
        return FieldCipher(parse_keys(self.contact_keys.get_secret_value()))

    @property
    def sender(self) -> Address:
        return parse_sender(self.mail_from)

    @property
    def smtp_server(self) -> SMTPServer | None:
        """Return the mail server, if one is configured."""
        return parse_smtp_url(self.smtp_url.get_secret_value(), ca_file=self.smtp_ca_file) if self.smtp_url else None

    @property
    def mail_folder(self) -> Path:
        return self.data_dir / "mail"

    @model_validator(mode="after")
    def _require_secret(self) -> Self:
        if self.message_webhook_url and not self.message_webhook_secret:
            raise ValueError("HEED_MESSAGE_WEBHOOK_SECRET must be set when HEED_MESSAGE_WEBHOOK_URL is")
        return self

    @model_validator(mode="after")
    def _require_sender(self) -> Self:
        if self.smtp_url and self.mail_from == DEFAULT_SENDER:
            raise ValueError("HEED_MAIL_FROM must be set when HEED_SMTP_URL is")
        return self
