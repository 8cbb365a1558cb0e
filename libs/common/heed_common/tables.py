"""Platform tables of every service: outbox, inbox, dead letters, failed work, idempotency, keys, erased customers."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from heed_common.table_metadata import UNCOMPRESSED_ROWS, service_metadata

METADATA = service_metadata()
MOMENT = DateTime(timezone=True)

OUTBOX = Table(
    "outbox",
    METADATA,
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
    METADATA,
    Column("only", Boolean, primary_key=True, server_default="true"),
    Column("epoch", Integer, nullable=False),
    comment="One row. A restore raises the epoch, so that new versions are above all that was lost.",
)

INBOX = Table(
    "inbox",
    METADATA,
    Column("event_id", Uuid, primary_key=True),
    Column("received_at", MOMENT, nullable=False, index=True),
)

DEAD_LETTER = Table(
    "dead_letter",
    METADATA,
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
    Column("id", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("retry_requested_at", MOMENT),
    Column("dropped_at", MOMENT),
)

CONSUMER_BREAKER = Table(
    "consumer_breaker",
    METADATA,
    Column("consumer_group", Text, primary_key=True),
    Column("outcomes", LargeBinary, nullable=False),
    Column("stopped_at", MOMENT),
    Column("reason", Text),
    comment="How the last records of a group ended, and since when it takes no more until a person resumes it.",
)

FAILED_WORK = Table(
    "failed_work",
    METADATA,
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

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
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

API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT),
    Column("created_by", Text),
    Column("expires_at", MOMENT),
    Column("rate_limit", Integer, comment="Requests a minute; null: no limit."),
    Column("previous_hash", LargeBinary, comment="Of the secret before the last rotation."),
    Column("previous_expires_at", MOMENT),
    Column("last_used_at", MOMENT, comment="Of this service, to the minute."),
    Column("version", Integer, nullable=False, server_default="1", comment="Rises with each change."),
    comment="The same keys in all services: a higher version replaces a lower one, and a revocation is final.",
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("at", MOMENT, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("resource_ids", ARRAY(Uuid), nullable=False),
    Column("key_id", Text, comment="The API key that was managed."),
    Column("count", Integer, nullable=False),
    Column("service", Text, comment="Null: this one."),
    Index("ix_audit_actor", "actor", "at", "id"),
    Index("ix_audit_resource_ids", "resource_ids", postgresql_using="gin"),
    comment="Who did what through which key: ids and operations, no values.",
)

ERASED = Table(
    "erased",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("erased_at", MOMENT, nullable=False),
)

CURSOR_KEY = Table(
    "cursor_key",
    METADATA,
    Column("only", Boolean, primary_key=True, server_default="true"),
    Column("key", LargeBinary, nullable=False),
    comment="One row: what the service signs the cursors of its lists with, the same in all of its processes.",
)

WRITE_PROBE = Table(
    "write_probe",
    METADATA,
    Column("only", Boolean, primary_key=True, server_default="true"),
    Column("at", MOMENT, nullable=False),
    comment="One row, which the probes write to find out whether the database still takes writes.",
)
