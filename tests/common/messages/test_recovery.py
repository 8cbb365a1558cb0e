"""After a restore, what was sent after the backup is not sent again."""

from uuid import uuid4

import pytest

from heed_common.broker.protocols import Record
from heed_common.contracts.message import (
    ComplaintMessageFailed,
    ComplaintMessageSent,
    ContactChannel,
    ContactPurpose,
    MessageOutcome,
)
from heed_common.decoding import ReceivedEvent
from heed_common.messages.recovery import recover
from heed_common.recovery import Finding, Published, RecoveryOutcome
from tests.common.messages.conftest import smtp
from tests.common.messages.factories import make_message
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio


def received(kind, message_id, *, version, **fields):
    event = kind(
        occurred_at=NOON,
        message_id=message_id,
        purpose=ContactPurpose.SERVICE,
        channel=ContactChannel.MAIL,
        template="acknowledgement",
        **fields,
    )
    return ReceivedEvent(uuid4(), event, version, NOON, None, None, Record("heed.complaint", 0, 0, None, b""))


async def test_only_messages_that_have_not_ended_are_sent_after_a_restore(queue, server, clock):
    sent, waiting, later = make_message(), make_message(), uuid4()
    bounced = {"outcome": MessageOutcome.BOUNCED, "reason": "undeliverable", "bounced": True}
    await queue.enqueue(sent, waiting)
    events = [
        received(ComplaintMessageSent, sent.id, version=1),
        received(ComplaintMessageSent, later, version=1),
        received(ComplaintMessageFailed, later, version=2, **bounced),
    ]
    async with queue.database.transaction() as session:
        findings = await recover(session, Published(events, 0, "USD"), NOON)
    assert sorted(findings, key=lambda finding: finding.what) == [
        Finding("message", sent.id, RecoveryOutcome.RECOVERED),
        Finding("message", later, RecoveryOutcome.RECOVERED, "without its text"),
    ]
    await queue.run(queue.sender(smtp(server, clock)))
    assert [mail.message_id for mail in server.received] == [f"<heed.{waiting.id.hex}@heed.example>"]
    rows = {row.id: (row.state, row.version, row.params) for row in await queue.rows()}
    assert rows == {
        sent.id: ("sent", 1, {}),
        waiting.id: ("sent", 1, {}),
        later: ("bounced", 2, {}),
    }
