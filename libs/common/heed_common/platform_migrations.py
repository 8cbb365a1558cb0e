"""Migration steps of the platform tables: the migrations of each service call each step once.

Each step defines the tables as they were then. The current tables are in `tables.py`; a first migration that created
those would leave nothing for the later ones to add, and they would fail on a new database.
"""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    insert,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from heed_common.table_metadata import UNCOMPRESSED_ROWS, service_metadata

FIRST, CURSORS, FAILURES = service_metadata(), service_metadata(), service_metadata()
MESSAGES = service_metadata()
"""Tables that one step creates together."""
CURSOR_KEY_BYTES = 32
MOMENT = DateTime(timezone=True)

Table(
    "outbox",
    FIRST,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("aggregatetype", Text, nullable=False),
    Column("aggregateid", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("partitionkey", Text, nullable=False),
    Column("aggversion", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("staged_at", MOMENT, nullable=False),
    comment="A queue in the shape of Debezium's outbox: the relay deletes what the broker has acknowledged.",
    **UNCOMPRESSED_ROWS,
)

OUTBOX_EPOCH = Table(
    "outbox_epoch",
    FIRST,
    Column("only", Boolean, primary_key=True, server_default="true"),
    Column("epoch", Integer, nullable=False),
    comment="One row. A restore raises the epoch, so that new versions are above all that was lost.",
)

Table(
    "inbox",
    FIRST,
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", MOMENT, nullable=False),
)

Table(
    "dead_letter",
    FIRST,
    Column("consumer_group", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("event_id", Uuid, index=True),
    Column("key", LargeBinary),
    Column("value", LargeBinary, nullable=False),
    Column("error", Text, nullable=False),
    Column("first_seen", MOMENT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("published_at", MOMENT),
)

Table(
    "idempotency",
    FIRST,
    Column("caller", Text, primary_key=True),
    Column("method", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Index("ix_idempotency_created_at", "created_at"),
)

Table(
    "api_key",
    FIRST,
    Column("id", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT),
)

Table(
    "erased",
    FIRST,
    Column("customer_id", Uuid, primary_key=True),
    Column("erased_at", MOMENT, nullable=False),
)


CURSOR_KEY = Table(
    "cursor_key",
    CURSORS,
    Column("only", Boolean, primary_key=True, server_default="true"),
    Column("key", LargeBinary, nullable=False),
    comment="One row: what the service signs the cursors of its lists with, the same in all of its processes.",
)

WRITE_PROBE = Table(
    "write_probe",
    CURSORS,
    Column("only", Boolean, primary_key=True, server_default="true"),
    Column("at", MOMENT, nullable=False),
    comment="One row, which the probes write to find out whether the database still takes writes.",
)

Table(
    "failed_work",
    FAILURES,
    Column("job", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("error", Text, nullable=False),
    Column("first_failed_at", MOMENT, nullable=False),
    Column("last_failed_at", MOMENT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", MOMENT, nullable=False),
    Column("dropped_at", MOMENT),
    comment="Rows that a job could not process, with the class of the error; gone once they are processed.",
)

Table(
    "outgoing_message",
    MESSAGES,
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

Table(
    "outgoing_message_content",
    MESSAGES,
    Column("message_id", Uuid, ForeignKey("outgoing_message.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, comment="Only of a recipient who wrote to the service; deleted when the message ends."),
    Column("params", JSONB, nullable=False, comment="Parameters of the template; deleted when the message ends."),
    Column("secret", Boolean, nullable=False, comment="The text has a secret, such as a code, and is not stored."),
    Column("in_reply_to", Text),
    Column("references", ARRAY(Text), nullable=False),
    Column("subject", Text),
    Column("body", Text, comment="The text as it was sent."),
    comment="What messages consist of: personal data.",
)

Table(
    "message_template",
    MESSAGES,
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


def create_first_tables() -> None:
    """Create the outbox, the inbox and the other first tables, and the one row that counts restores."""
    FIRST.create_all(op.get_bind(), checkfirst=False)
    op.execute(insert(OUTBOX_EPOCH).values(only=True, epoch=0))


def drop_first_tables() -> None:
    FIRST.drop_all(op.get_bind(), checkfirst=False)


def add_cursor_key_and_probe() -> None:
    """Create the key that signs cursors, made here and nowhere else, and the row that the probes write."""
    CURSORS.create_all(op.get_bind(), checkfirst=False)
    op.execute(insert(CURSOR_KEY).values(only=True, key=secrets.token_bytes(CURSOR_KEY_BYTES)))
    op.execute(insert(WRITE_PROBE).values(only=True, at=func.now()))


def drop_cursor_key_and_probe() -> None:
    CURSORS.drop_all(op.get_bind(), checkfirst=False)


def add_failed_work() -> None:
    """Create the table of rows that a job could not process."""
    FAILURES.create_all(op.get_bind(), checkfirst=False)


def drop_failed_work() -> None:
    FAILURES.drop_all(op.get_bind(), checkfirst=False)


def add_outgoing_messages() -> None:
    """Create the queue of messages to customers and their templates, in services that send messages."""
    MESSAGES.create_all(op.get_bind(), checkfirst=False)


def drop_outgoing_messages() -> None:
    MESSAGES.drop_all(op.get_bind(), checkfirst=False)


def add_plain_values() -> None:
    """Create the table of values that the command which migrates encrypts after the migrations."""
    op.create_table(
        "plain_value",
        Column("column", Text, nullable=False, comment="Such as message.content."),
        Column("key", Text, nullable=False),
        Column("value", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("column", "key", name="pk_plain_value"),
        comment="Values from before their column was encrypted. Empty after a migration.",
    )


def drop_plain_values() -> None:
    op.drop_table("plain_value")


def encrypt_outgoing_messages() -> None:
    """Replace the plain columns of message contents by columns of ciphertexts. Messages wait until theirs is there."""
    op.execute("""
        INSERT INTO plain_value ("column", key, value)
        SELECT 'outgoing_message_content.pending', message_id::text, jsonb_build_object(
            'address', address, 'params', params, 'in_reply_to', in_reply_to, 'references', to_jsonb("references")
        )
        FROM outgoing_message_content JOIN outgoing_message ON id = message_id WHERE state = 'queued'
        UNION ALL
        SELECT 'outgoing_message_content.sent', message_id::text, jsonb_build_object('subject', subject, 'body', body)
        FROM outgoing_message_content WHERE body IS NOT NULL
    """)
    for column in ("address", "params", "in_reply_to", "references", "subject", "body"):
        op.drop_column("outgoing_message_content", column)
    comment = "Encrypted address, parameters and thread; deleted when the message ends."
    op.add_column("outgoing_message_content", Column("pending", LargeBinary, comment=comment))
    comment = "Encrypted subject and text as they were sent."
    op.add_column("outgoing_message_content", Column("sent", LargeBinary, comment=comment))
    op.create_table_comment("outgoing_message_content", "What messages consist of: personal data, encrypted.")


def decrypt_outgoing_messages() -> None:
    """Restore the plain columns, empty: a migration has no keys."""
    for column in ("pending", "sent"):
        op.drop_column("outgoing_message_content", column)
    comment = "Only of a recipient who wrote to the service; deleted when the message ends."
    op.add_column("outgoing_message_content", Column("address", Text, comment=comment))
    comment = "Parameters of the template; deleted when the message ends."
    op.add_column(
        "outgoing_message_content", Column("params", JSONB, nullable=False, server_default="{}", comment=comment)
    )
    op.alter_column("outgoing_message_content", "params", server_default=None)
    op.add_column("outgoing_message_content", Column("in_reply_to", Text))
    op.add_column("outgoing_message_content", Column("references", ARRAY(Text), nullable=False, server_default="{}"))
    op.alter_column("outgoing_message_content", "references", server_default=None)
    op.add_column("outgoing_message_content", Column("subject", Text))
    op.add_column("outgoing_message_content", Column("body", Text, comment="The text as it was sent."))
    op.create_table_comment("outgoing_message_content", "What messages consist of: personal data.")


def add_consumer_breaker() -> None:
    """Add the table of the breaker, id and retry request of dead letters, and the index that the inbox purge needs."""
    op.create_table(
        "consumer_breaker",
        Column("consumer_group", Text, nullable=False),
        Column("outcomes", LargeBinary, nullable=False),
        Column("stopped_at", MOMENT),
        Column("reason", Text),
        sa.PrimaryKeyConstraint("consumer_group", name="pk_consumer_breaker"),
        comment="How the last records of a group ended, and since when it takes no more until a person resumes it.",
    )
    op.add_column("dead_letter", Column("id", BigInteger, Identity(always=True), nullable=False))
    op.create_unique_constraint("uq_dead_letter_id", "dead_letter", ["id"])
    op.add_column("dead_letter", Column("retry_requested_at", MOMENT))
    op.add_column("dead_letter", Column("dropped_at", MOMENT))
    op.create_index("ix_inbox_received_at", "inbox", ["received_at"])


def drop_consumer_breaker() -> None:
    op.drop_index("ix_inbox_received_at", table_name="inbox")
    op.drop_column("dead_letter", "dropped_at")
    op.drop_column("dead_letter", "retry_requested_at")
    op.drop_constraint("uq_dead_letter_id", "dead_letter")
    op.drop_column("dead_letter", "id")
    op.drop_table("consumer_breaker")


KEY_COMMENT = "The same keys in all services: a higher version replaces a lower one, and a revocation is final."


def add_key_columns() -> None:
    """Add creator, expiry, rate limit, the secret before a rotation, last use and version of API keys."""
    op.add_column("api_key", Column("created_by", Text))
    op.add_column("api_key", Column("expires_at", MOMENT))
    op.add_column("api_key", Column("rate_limit", Integer, comment="Requests a minute; null: no limit."))
    op.add_column("api_key", Column("previous_hash", LargeBinary, comment="Of the secret before the last rotation."))
    op.add_column("api_key", Column("previous_expires_at", MOMENT))
    op.add_column("api_key", Column("last_used_at", MOMENT, comment="Of this service, to the minute."))
    comment = "Rises with each change."
    op.add_column("api_key", Column("version", Integer, nullable=False, server_default="1", comment=comment))
    op.create_table_comment("api_key", KEY_COMMENT)


def drop_key_columns() -> None:
    """Drop the columns. Keys that expire would never expire without them: they are revoked."""
    op.execute("UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE expires_at IS NOT NULL")
    op.drop_table_comment("api_key", existing_comment=KEY_COMMENT)
    columns = (
        "version",
        "last_used_at",
        "previous_expires_at",
        "previous_hash",
        "rate_limit",
        "expires_at",
        "created_by",
    )
    for column in columns:
        op.drop_column("api_key", column)


def add_audit() -> None:
    """Create the audit trail. What was done before is not in it."""
    op.create_table(
        "audit",
        Column("at", MOMENT, nullable=False),
        Column("id", Uuid, nullable=False),
        Column("actor", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("resource_ids", ARRAY(Uuid), nullable=False),
        Column("key_id", Text, comment="The API key that was managed."),
        Column("count", Integer, nullable=False),
        Column("service", Text, comment="Null: this one."),
        sa.PrimaryKeyConstraint("at", "id", name="pk_audit"),
        comment="Who did what through which key: ids and operations, no values.",
    )
    op.create_index("ix_audit_actor", "audit", ["actor", "at", "id"])
    op.create_index("ix_audit_resource_ids", "audit", ["resource_ids"], postgresql_using="gin")


def drop_audit() -> None:
    op.drop_table("audit")
