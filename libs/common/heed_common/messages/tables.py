"""Tables of outgoing messages, in the services that write to customers."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from heed_common.table_metadata import service_metadata

METADATA = service_metadata()
MOMENT = DateTime(timezone=True)


class MessageState(StrEnum):
    """State of an outgoing message."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"


OUTGOING_MESSAGE = Table(
    "outgoing_message",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, index=True),
    Column("purpose", Text, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("channel", Text, nullable=False, comment="The channel in use: at first the most preferred one."),
    Column("promotional", Boolean, nullable=False),
    Column("template", Text, nullable=False),
    Column("template_version", Integer),
    Column("language", Text),
    Column("about_type", Text),
    Column("about_id", Uuid),
    Column("dedupe_key", Text),
    Column("only_contact_id", Uuid, comment="The only contact that may be used, if the sender chose one."),
    Column("contact_id", Uuid, comment="The contact that was used."),
    Column("permit_id", Uuid),
    Column("created_at", MOMENT, nullable=False),
    Column("due_at", MOMENT, nullable=False, comment="Next attempt; during an attempt, the end of its lease."),
    Column("expires_at", MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("lease_id", Uuid),
    Column("in_transit", Boolean, nullable=False, comment="Handed over to the transport, and the result not recorded."),
    Column("sent_at", MOMENT),
    Column("ended_at", MOMENT),
    Column("version", Integer, nullable=False),
    Index("ix_outgoing_message_due", "channel", "due_at", postgresql_where=text("state = 'queued'")),
    Index("ix_outgoing_message_about", "about_type", "about_id"),
    Index("ix_outgoing_message_state_id", "state", "id"),
    Index("ix_outgoing_message_ended_at", "ended_at"),
    comment="The queue and log of messages to customers, without content.",
)

OUTGOING_CONTENT = Table(
    "outgoing_message_content",
    METADATA,
    Column("message_id", Uuid, ForeignKey("outgoing_message.id", ondelete="CASCADE"), primary_key=True),
    Column("secret", Boolean, nullable=False, comment="The text has a secret, such as a code, and is not stored."),
    Column("pending", LargeBinary, comment="Encrypted address, parameters and thread; deleted when the message ends."),
    Column("sent", LargeBinary, comment="Encrypted subject and text as they were sent."),
    comment="What messages consist of: personal data, encrypted.",
)

MESSAGE_TEMPLATE = Table(
    "message_template",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("subject", Text, comment="Without subject and text the shipped template is in force."),
    Column("body", Text),
    Column("html", Text),
    Column("short", Text, comment="For SMS and WeCom; without one, the text."),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    comment="Templates as an operator edited them; the highest version is in force.",
)
