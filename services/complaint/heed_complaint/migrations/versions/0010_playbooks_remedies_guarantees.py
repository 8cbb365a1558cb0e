"""Playbooks with their defaults, remedies, guarantees and corrective actions."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

Content = dict[str, Any]

LIMITS: Content = {
    "currency": None,
    "kinds": [
        {"kind": "repair", "limit": "500"},
        {"kind": "replacement", "limit": "500"},
        {"kind": "refund", "limit": "500"},
        {"kind": "compensation", "limit": "200"},
        {"kind": "goodwill", "limit": "100"},
    ],
    "total": "500",
    "authorisers": {"scopes": [], "agents": []},
}


def _is(field: str, *, value: object, op: str = "eq") -> Content:
    return {"field": field, "op": op, "value": value}


def _fact(name: str, kind: str, en: str, zh: str) -> Content:
    return {"name": name, "kind": kind, "label": {"en": en, "zh": zh}}


def _step(code: str, kind: str, when: Content, do: tuple[str, str], say: tuple[str, str], **more: object) -> Content:
    optional: Content = {"remedy": None, "after": None, "refer_to": None}
    texts = {"do": {"en": do[0], "zh": do[1]}, "say": {"en": say[0], "zh": say[1]}}
    return {"code": code, "kind": kind, "when": when, **texts, **optional, **more}


DATA_INVALID = _is("case.card_data_invalid", value=True)
EXPIRED_UP_TO_THREE_MONTHS = {
    "all": [_is("case.expired_months", value="0", op="gt"), _is("case.expired_months", value="3", op="le")]
}
BATCH_AFFECTED = {"all": [_is("case.pin_billed", value=True), _is("case.affected_count", value="10", op="ge")]}
ABOUT_CALLING_CARD = {
    "any": [_is("complaint.category", value="product.calling_card"), _is("complaint.product", value="calling_card")]
}

CALLING_CARD: Content = {
    "when": ABOUT_CALLING_CARD,
    "title": {"en": "Calling cards that do not work", "zh": "电话卡无法使用"},
    "facts": [
        _fact("card_data_invalid", "boolean", "The data of the card are invalid", "卡数据无效"),
        _fact("pin_billed", "boolean", "The card is billed by PIN", "按密码计费的卡"),
        _fact("affected_count", "number", "How many cards are affected", "受影响的卡数量"),
        _fact("expired_months", "number", "For how many months it has been expired", "已过期月数"),
    ],
    "steps": [
        _step(
            "replace_card",
            "handle",
            DATA_INVALID,
            ("Replace the card at once.", "立即为客户换卡。"),
            (
                "I am sorry that your card does not work. You get a new one right now.",
                "很抱歉您的卡无法使用，我们马上为您更换一张新卡。",
            ),
            remedy="replacement",
        ),
        _step(
            "correct_data",
            "follow_up",
            DATA_INVALID,
            ("Then correct the data of the old card.", "然后更正原卡的数据。"),
            ("We put the data in order; you need do nothing.", "卡数据由我们更正，您无需再做任何事情。"),
            remedy="correction",
            after="replace_card",
        ),
        _step(
            "reactivate_batch",
            "batch",
            BATCH_AFFECTED,
            ("Reactivate the whole batch of PIN-billed cards.", "整批重新激活按密码计费的卡。"),
            (
                "The fault concerns a whole batch; we reactivate all of it.",
                "这是一批卡的共同问题，我们正在整批重新激活。",
            ),
            remedy="correction",
        ),
        _step(
            "refer_for_transfer",
            "referral",
            EXPIRED_UP_TO_THREE_MONTHS,
            ("Refer the customer to the appointed place.", "请客户到指定地点办理。"),
            (
                "Your card has been expired for no more than three months: the balance can be transferred for you.",
                "您的卡过期未超过三个月，可以办理余额转移。",
            ),
            refer_to={"en": "The appointed place, which transfers the balance", "zh": "指定地点办理余额转移"},
        ),
    ],
    "remedies": [
        {"kind": "replacement", "limit": "100"},
        {"kind": "correction", "limit": "0"},
        {"kind": "goodwill", "limit": "20"},
    ],
    "total": "100",
    "currency": None,
    "authorisers": {"scopes": [], "agents": []},
}


def upgrade() -> None:
    _create_playbooks()
    _create_handling()
    _create_remedies()
    _create_guarantees()
    _create_corrections()


def downgrade() -> None:
    for table in (
        "correction_told",
        "correction",
        "guarantee_call",
        "guarantee",
        "remedy",
        "step_tick",
        "case_facts",
        "rule_version",
        "remedy_limits",
        "playbook",
    ):
        op.drop_table(table)


def _complaint_id() -> sa.Column[object]:
    return sa.Column("complaint_id", sa.Uuid, nullable=False)


def _of_a_complaint(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_complaint_id_complaint"
    return sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"], name=name, ondelete="CASCADE")


def _content() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("content", postgresql.JSONB, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
    )


def _create_playbooks() -> None:
    playbook = op.create_table(
        "playbook",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("order", sa.Integer, nullable=False),
        *_content(),
        sa.PrimaryKeyConstraint("name", name="pk_playbook"),
    )
    op.bulk_insert(playbook, [{"name": "calling_card", "order": 100, "content": CALLING_CARD}])
    limits = op.create_table(
        "remedy_limits",
        sa.Column("name", sa.Text, nullable=False),
        *_content(),
        sa.PrimaryKeyConstraint("name", name="pk_remedy_limits"),
    )
    op.bulk_insert(limits, [{"name": "general", "content": LIMITS}])
    op.create_table(
        "rule_version",
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("content", postgresql.JSONB),
        sa.PrimaryKeyConstraint("seq", name="pk_rule_version"),
    )
    op.create_index("ix_rule_version_thing_seq", "rule_version", ["thing", "seq"])


def _create_handling() -> None:
    op.create_table(
        "case_facts",
        _complaint_id(),
        sa.Column("facts", postgresql.JSONB, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        _of_a_complaint("case_facts"),
        sa.PrimaryKeyConstraint("complaint_id", name="pk_case_facts"),
    )
    op.create_table(
        "step_tick",
        _complaint_id(),
        sa.Column("playbook", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _of_a_complaint("step_tick"),
        sa.PrimaryKeyConstraint("complaint_id", "playbook", "step", name="pk_step_tick"),
    )


def _create_remedies() -> None:
    op.create_table(
        "remedy",
        sa.Column("id", sa.Uuid, nullable=False),
        _complaint_id(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount", sa.Numeric(13, 4), nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("cost", sa.Numeric(13, 4)),
        sa.Column("note", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("over_limit", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("playbook", sa.Text),
        sa.Column("guarantee", sa.Text),
        sa.Column("requested_by", sa.Text),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", MOMENT),
        sa.Column("decision_note", sa.Text),
        _of_a_complaint("remedy"),
        sa.PrimaryKeyConstraint("id", name="pk_remedy"),
    )
    op.create_index("ix_remedy_complaint_id_id", "remedy", ["complaint_id", "id"])


def _create_guarantees() -> None:
    op.create_table(
        "guarantee",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_until", MOMENT),
        *_content(),
        sa.PrimaryKeyConstraint("name", name="pk_guarantee"),
        sa.UniqueConstraint("id", name="uq_guarantee_id"),
    )
    op.create_table(
        "guarantee_call",
        _complaint_id(),
        sa.Column("guarantee", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("broken", postgresql.JSONB, nullable=False),
        sa.Column("remedy_id", sa.Uuid),
        sa.Column("withdrawn_at", MOMENT),
        _of_a_complaint("guarantee_call"),
        sa.PrimaryKeyConstraint("complaint_id", "guarantee", name="pk_guarantee_call"),
    )


def _create_corrections() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("measure", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("done_at", MOMENT),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False, server_default=sa.text("1")),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    op.create_table(
        "correction_told",
        sa.Column("correction_id", sa.Uuid, nullable=False),
        _complaint_id(),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name="fk_correction_told_correction_id_correction", ondelete="CASCADE"
        ),
        _of_a_complaint("correction_told"),
        sa.PrimaryKeyConstraint("correction_id", "complaint_id", name="pk_correction_told"),
    )
