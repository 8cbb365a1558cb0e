"""Profiles, relations, tags, owners and classification."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = (
    "classification_override",
    "classification_rules",
    "customer_owner",
    "profile_sensitive_read",
    "profile_change",
    "profile_sensitive_value",
    "profile",
    "customer_tag",
    "customer_relation",
)
INSERT_OWNERS = """
    INSERT INTO customer_owner (customer_id, version, owner, since)
    SELECT id, 1, owner, registered_at FROM customer WHERE owner IS NOT NULL
"""


def upgrade() -> None:
    _create_relations_and_tags()
    _create_profiles()
    _create_accounts()
    # The present owner of an existing customer may not be its first one: earlier ones were not recorded.
    op.execute(INSERT_OWNERS)


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _customer(table: str, name: str = "customer_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], ["customer.id"], name=f"fk_{table}_{name}_customer")


def _create_relations_and_tags() -> None:
    op.create_table(
        "customer_relation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("related_customer_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer_relation"),
        sa.UniqueConstraint("customer_id", "kind", "related_customer_id", name="uq_customer_relation_customer_id"),
        _customer("customer_relation"),
        _customer("customer_relation", "related_customer_id"),
    )
    op.create_index("ix_customer_relation_related_customer_id", "customer_relation", ["related_customer_id"])
    op.create_table(
        "customer_tag",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("tag_key", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "tag_key", name="pk_customer_tag"),
        _customer("customer_tag"),
    )
    op.create_index("ix_customer_tag_tag_key", "customer_tag", ["tag_key", "customer_id"])


def _create_profiles() -> None:
    op.create_table(
        "profile",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("profile_group", sa.Text(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "profile_group", name="pk_profile"),
        _customer("profile"),
    )
    op.create_table(
        "profile_sensitive_value",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("profile_group", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("blind_index", sa.LargeBinary()),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("verified_at", MOMENT),
        sa.Column("verified_by", sa.Text()),
        sa.PrimaryKeyConstraint("customer_id", "profile_group", "field", name="pk_profile_sensitive_value"),
        _customer("profile_sensitive_value"),
    )
    op.create_index("ix_profile_sensitive_value_blind_index", "profile_sensitive_value", ["blind_index"])
    op.create_table(
        "profile_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("profile_group", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("fields", JSONB(), nullable=False),
        sa.Column("before", JSONB(), nullable=False),
        sa.Column("after", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_profile_change"),
        _customer("profile_change"),
    )
    op.create_index("ix_profile_change_customer_id", "profile_change", ["customer_id", "profile_group", "id"])
    op.create_table(
        "profile_sensitive_read",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("profile_group", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.Column("read_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_profile_sensitive_read"),
        _customer("profile_sensitive_read"),
    )
    op.create_index("ix_profile_sensitive_read_customer_id", "profile_sensitive_read", ["customer_id", "id"])
    op.create_index("ix_profile_sensitive_read_read_by", "profile_sensitive_read", ["read_by", "id"])


def _create_accounts() -> None:
    op.create_table(
        "customer_owner",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("open_items", JSONB()),
        sa.PrimaryKeyConstraint("customer_id", "version", name="pk_customer_owner"),
        _customer("customer_owner"),
    )
    op.create_table(
        "classification_rules",
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("aspect", name="pk_classification_rules"),
    )
    op.create_table(
        "classification_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_classification_override"),
        _customer("classification_override"),
    )
    op.create_index(
        "ix_classification_override_customer_id", "classification_override", ["customer_id", "aspect", "id"]
    )
