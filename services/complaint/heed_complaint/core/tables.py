"""Tables of complaints and their history."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Index, Numeric, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from heed_common.contracts.complaint import CaseKind
from heed_common.table_metadata import COLUMN_TYPES, service_metadata
from heed_common.text import normalize_for_comparison


class Table(DeclarativeBase):
    metadata = service_metadata()
    type_annotation_map = COLUMN_TYPES


class Complaint(Table):
    __tablename__ = "complaint"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    """Of the request that opened it: distinguishes a retry from another request with the same external id."""
    opening_event_id: Mapped[UUID]
    """The last event of the opening, which `Heed-Event` names again for a retry."""

    customer_id: Mapped[UUID] = mapped_column(index=True)
    former_customer_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    """The last few former customers, the most recent last; neither the current customer nor the customer at the opening
    is among them."""
    opening_customer_id: Mapped[UUID | None]
    """The customer at the opening, the permanent partition key of its events. Empty until the first correction."""
    customer_corrections: Mapped[int] = mapped_column(server_default=text("0"))
    channel: Mapped[str]
    category: Mapped[str]
    severity: Mapped[str]
    description: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    dispatch_received_at: Mapped[datetime | None]
    service_point_id: Mapped[str | None]
    product: Mapped[str | None]
    """As the caller wrote it, for display."""
    product_key: Mapped[str | None]
    """Its normal form, by which complaints are about the same product."""
    purchase_id: Mapped[UUID | None]
    amount_at_stake: Mapped[Decimal | None] = mapped_column(Numeric(13, 4))
    currency: Mapped[str]

    kind: Mapped[str] = mapped_column(server_default="complaint")
    quality_side: Mapped[str | None]
    responsible_unit: Mapped[str | None]
    confidential: Mapped[bool] = mapped_column(server_default=text("false"))
    """Shown to those only who may read confidential complaints."""
    regulator: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether a regulator is concerned with it."""
    attachments: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    """References, never content."""

    owner: Mapped[str | None]
    """The agent in charge, by the caller's id."""
    queue: Mapped[str | None]
    escalation_level: Mapped[int] = mapped_column(server_default=text("0"))
    """How many steps it has been escalated."""
    repeat_number: Mapped[int] = mapped_column(server_default=text("1"))
    """Which complaint of this customer about this product it is."""
    merged_into: Mapped[UUID | None]
    split_from: Mapped[UUID | None]
    follow_up_of: Mapped[UUID | None]
    """The ended complaint whose customer wrote again too late for a reopening."""
    incident_id: Mapped[UUID | None]
    """The one fault behind many complaints."""

    state: Mapped[str]
    paused: Mapped[bool] = mapped_column(server_default=text("false"))
    opened_at: Mapped[datetime]
    customer_wrote_at: Mapped[datetime | None]
    """When the customer wrote the first message that no agent has answered; empty where there is none."""
    completed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    promise: Mapped[str | None]
    promised_by: Mapped[datetime | None]
    resolution: Mapped[str | None]
    cause: Mapped[str | None]
    responsibility: Mapped[str | None]
    solved: Mapped[bool | None]
    pleasant: Mapped[bool | None]

    version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    """The version of its last event."""
    revision: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    """Number of changes by callers: its ETag."""

    __table_args__ = (
        Index("ix_complaint_state_id", "state", "id"),
        Index("ix_complaint_product_customer", "customer_id", "product_key"),
        Index("ix_complaint_owner", "owner", postgresql_where=text("ended_at IS NULL")),
        Index("ix_complaint_product_received_at", "product_key", "received_at"),
        Index("ix_complaint_received_at_id", "received_at", "id"),
        Index("ix_complaint_category_received_at", "category", "received_at"),
        Index("ix_complaint_category_id", "category", "id"),
        Index("ix_complaint_channel_id", "channel", "id"),
        Index("ix_complaint_owner_id", "owner", "id", postgresql_where=text("owner IS NOT NULL")),
        Index("ix_complaint_queue_id", "queue", "id", postgresql_where=text("queue IS NOT NULL")),
        Index(
            "ix_complaint_service_point_id_id",
            "service_point_id",
            "id",
            postgresql_where=text("service_point_id IS NOT NULL"),
        ),
        Index("ix_complaint_incident_id", "incident_id", "id", postgresql_where=text("incident_id IS NOT NULL")),
        Index("ix_complaint_follow_up_of", "follow_up_of", postgresql_where=text("follow_up_of IS NOT NULL")),
        Index("ix_complaint_customer_wrote", "id", postgresql_where=text("customer_wrote_at IS NOT NULL")),
        Index("ix_complaint_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )

    @validates("product")
    def _update_product_key(self, _column: str, product: str | None) -> str | None:
        self.product_key = product_key(product)
        return product

    @property
    def customer_is_known(self) -> bool:
        """Return whether the customer is known; until then the complaint's own id is its customer id."""
        return self.customer_id != self.id

    @property
    def is_voiced(self) -> bool:
        """Return whether the customer reported it; an unvoiced grievance is counted, not handled."""
        return self.kind != CaseKind.UNVOICED_GRIEVANCE


def product_key(product: str | None) -> str | None:
    """Return what products are compared by."""
    return None if product is None else normalize_for_comparison(product)


class HistoryEntry(Table):
    """An entry of the history: author, action, and the values before and after. Rows are never changed."""

    __tablename__ = "history_entry"

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaint.id", ondelete="CASCADE"), index=True)
    recorded_at: Mapped[datetime]
    actor: Mapped[str | None]
    """The caller; empty for scheduled jobs."""
    action: Mapped[str]
    note: Mapped[str | None]
    reason: Mapped[str | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSONB)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        Index("ix_history_entry_contact_recorded_at", "recorded_at", postgresql_where=text("action = 'contact'")),
    )
