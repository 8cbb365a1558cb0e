"""Transports hand messages over safely, and show whose fault it is if they cannot."""

import email
import ssl
import stat
import subprocess
from datetime import timedelta
from email.policy import default
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text
from standardwebhooks import Webhook

from heed_common.clock import SystemClock
from heed_common.contracts.message import ContactChannel, MessageSubject
from heed_common.identifiers import new_id
from heed_common.messages.contents import PendingContent, encrypt_pending
from heed_common.messages.permits import Granted
from heed_common.messages.transports.eml import EMLTransport
from heed_common.messages.transports.webhook import WebhookTransport
from tests.common.messages.conftest import SENDER, advancing, smtp
from tests.common.messages.factories import make_message
from tests.common.messages.mail_server import MailServer, running
from tests.common.messages.test_settings import SECRET

pytestmark = pytest.mark.asyncio
GATEWAY = frozenset({ContactChannel.SMS, ContactChannel.WECOM})
MAIL = frozenset({ContactChannel.MAIL})
QUEUE_AGAIN = text("UPDATE outgoing_message SET state = 'queued', in_transit = true, due_at = :now")
RESTORE_PENDING = text("UPDATE outgoing_message_content SET pending = :pending")
OPENSSL = """
set -e
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca 2>/dev/null
for name in good other; do
  openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name 2>/dev/null
done
printf 'subjectAltName=IP:127.0.0.1' > good.ext
printf 'subjectAltName=DNS:other.example' > other.ext
for name in good other; do
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -out $name.pem -days 2 -extfile $name.ext 2>/dev/null
done
"""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    """An authority, a certificate for the server, and one for another name."""
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run(["sh", "-c", OPENSSL], cwd=folder, check=True)
    return folder


def context(folder: Path, name: str) -> ssl.SSLContext:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return server


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_mails_go_over_tls_to_a_server_with_a_certificate_of_the_authority(queue, clock, certificates, security):
    await queue.enqueue(make_message())
    async with running(MailServer(), **{security: context(certificates, "good")}) as server:
        transport = smtp(server, clock, security=security, ca_file=certificates / "ca.pem")
        await queue.run(queue.sender(transport))
        assert len(server.received) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize(("name", "trusted"), [("other", True), ("good", False)])
async def test_a_server_with_a_bad_certificate_gets_nothing(
    queue, clock, certificates, security, name, trusted, caplog
):
    await queue.enqueue(make_message())
    async with running(MailServer(), **{security: context(certificates, name)}) as server:
        transport = smtp(server, clock, security=security, ca_file=certificates / "ca.pem" if trusted else None)
        await queue.run(queue.sender(transport), until=lambda: queue.has_reason("unavailable"))
        assert server.received == []
    assert "certificate" in caplog.text


async def test_a_server_without_starttls_gets_nothing_in_clear(queue, server, clock):
    await queue.enqueue(make_message())
    await queue.run(
        queue.sender(smtp(server, clock, security="starttls")), until=lambda: queue.has_reason("unavailable")
    )
    assert server.received == []


async def test_a_wrong_password_makes_messages_wait(queue, clock, certificates):
    tls = context(certificates, "good")
    await queue.enqueue(make_message())
    async with running(MailServer(), starttls=tls, auth_callback=lambda *_: False, auth_required=True) as server:
        fields = {"username": "heed", "password": SecretStr("wrong"), "ca_file": certificates / "ca.pem"}
        sender = queue.sender(smtp(server, clock, security="starttls", **fields))
        await queue.run(sender, until=lambda: queue.has_reason("unavailable"))
    assert [(row.state, row.attempts) for row in await queue.rows()] == [("queued", 0)]


async def test_connections_are_used_again(queue, server, clock):
    await queue.enqueue(*(make_message() for _ in range(40)))
    await queue.run(queue.sender(smtp(server, clock)))
    assert len(server.received) == 40
    assert server.connections <= 4


async def test_an_address_in_chinese_is_sent_as_it_is(queue, server, clock):
    await queue.enqueue(make_message(address="李伟@example.com"))
    await queue.run(queue.sender(smtp(server, clock)))
    assert [mail.recipient for mail in server.received] == ["李伟@example.com"]


class Gateway:
    """An HTTP gateway that verifies the signature of each message."""

    def __init__(self) -> None:
        self.statuses: list[int | Exception] = []
        self.received: list[dict] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        outcome = self.statuses.pop(0) if self.statuses else 202
        if isinstance(outcome, Exception):
            raise outcome
        self.received.append(Webhook(SECRET).verify(request.content, dict(request.headers)))
        return httpx.Response(outcome)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest_asyncio.fixture
async def webhook(gateway, queue):
    queue.clock = queue_clock = SystemClock()  # The signature is valid for five minutes.
    yield WebhookTransport(
        "https://gateway.example/send",
        SecretStr(SECRET),
        clock=queue_clock,
        channels=GATEWAY,
        transport=httpx.MockTransport(gateway),
    )


def sms(**overrides):
    return make_message(channels=(ContactChannel.SMS,), language="zh", **overrides)


async def test_a_gateway_gets_signed_messages(queue, webhook, gateway):
    about = MessageSubject(type="complaint", id=new_id())
    await queue.enqueue(message := sms(about=about))
    await queue.run(queue.sender(webhook))
    (received,) = gateway.received
    assert (received["message_id"], received["channel"], received["text"]) == (str(message.id), "sms", "已收到")
    assert received["about"] == {"type": "complaint", "id": str(about.id)}
    assert [row.state for row in await queue.rows()] == ["sent"]


@pytest.mark.parametrize(
    ("outcome", "state", "reason"),
    [
        (410, "bounced", "recipient_refused"),
        (422, "failed", "content_refused"),
        (500, "queued", "deferred"),
        (429, "queued", "deferred"),
        (503, "queued", "unavailable"),
        (401, "queued", "unavailable"),
        (302, "queued", "unavailable"),
        (httpx.ConnectError("refused"), "queued", "unavailable"),
        (httpx.ReadTimeout("slow"), "queued", "no_answer"),
        (httpx.RemoteProtocolError("gone"), "queued", "no_answer"),
    ],
)
async def test_the_status_of_a_gateway_decides_what_follows(queue, webhook, gateway, outcome, state, reason):
    gateway.statuses = [outcome] * 3
    await queue.enqueue(sms())
    await queue.run(queue.sender(webhook), until=lambda: queue.has_reason(reason))
    (row,) = await queue.rows()
    assert (row.state, row.in_transit) == (state, reason == "no_answer")


async def test_messages_are_files_where_nothing_is_configured(queue, clock, tmp_path):
    folder = tmp_path / "data" / "mail"
    await queue.enqueue(message := make_message(language="zh", params={"name": "李伟"}))
    await queue.run(queue.sender(EMLTransport(folder, sender=SENDER, clock=clock)))
    (file,) = folder.iterdir()
    assert file.name == f"20260302T120000Z-{message.id}.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    mail = email.message_from_bytes(file.read_bytes(), policy=default)
    assert "尊敬的李伟" in mail.get_body(("plain",)).get_content()


async def test_a_message_that_is_written_again_replaces_its_file(queue, clock, tmp_path):
    await queue.enqueue(message := make_message())
    await queue.run(queue.sender(EMLTransport(tmp_path, sender=SENDER, clock=clock)))
    async with queue.database.transaction() as session:
        await session.execute(QUEUE_AGAIN, {"now": clock.now()})
        pending = PendingContent(None, {"name": "Li"})
        encrypted = encrypt_pending(pending, message_id=message.id, cipher=queue.database.cipher)
        await session.execute(RESTORE_PENDING, {"pending": encrypted})
    await queue.run(queue.sender(EMLTransport(tmp_path, sender=SENDER, clock=clock)))
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_folder_that_cannot_be_written_makes_messages_wait(queue, clock, tmp_path):
    (tmp_path / "mail").write_text("a file")
    sender = queue.sender(EMLTransport(tmp_path / "mail", sender=SENDER, clock=clock))
    await queue.enqueue(make_message())
    await queue.run(sender, until=lambda: queue.has_reason("unavailable"))
    (tmp_path / "mail").unlink()
    async with advancing(clock, timedelta(seconds=1)):
        await queue.run(queue.sender(EMLTransport(tmp_path / "mail", sender=SENDER, clock=clock)))
    assert len(list((tmp_path / "mail").iterdir())) == 1


async def test_a_message_changes_its_transport_with_the_channel_of_the_permit(queue, server, webhook, gateway):
    message = make_message(channels=(ContactChannel.MAIL, ContactChannel.SMS))
    queue.permits.answers[message.customer_id] = Granted(
        allowed=True, channel=ContactChannel.SMS, address="+8613800138000", language="zh"
    )
    await queue.enqueue(message)
    options = {"transportable": MAIL | GATEWAY}
    mails = queue.sender(smtp(server, queue.clock), claimed=MAIL, **options)
    await queue.run(mails, queue.sender(webhook, claimed=GATEWAY, **options))
    assert server.received == []
    assert [received["address"] for received in gateway.received] == ["+8613800138000"]
    assert [(row.state, row.channel) for row in await queue.rows()] == [("sent", "sms")]


async def test_a_message_whose_channels_no_transport_has_is_given_up(queue, server, clock):
    await queue.enqueue(sms())
    sender = queue.sender(smtp(server, clock), claimed=frozenset(ContactChannel), transportable=MAIL)
    await queue.run(sender)
    assert [(row.state, row.reason) for row in await queue.rows()] == [("failed", "no_transport")]
