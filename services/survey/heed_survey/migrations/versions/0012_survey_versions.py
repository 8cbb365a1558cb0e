"""Questionnaires in versions of their own, with sections and item types; settings of surveys."""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LANGUAGES = ("en", "zh")
SURVEY = sa.table(
    "survey",
    sa.column("id", sa.Uuid),
    sa.column("survey_version", sa.Integer),
    sa.column("title", sa.Text),
    sa.column("languages", postgresql.ARRAY(sa.Text)),
    sa.column("items", postgresql.JSONB),
    sa.column("state", sa.Text),
    sa.column("created_at", MOMENT),
    sa.column("published_at", MOMENT),
    sa.column("draft_version", sa.Integer),
    sa.column("fingerprint", sa.LargeBinary),
)
VERSION = sa.table(
    "survey_version",
    sa.column("survey_id", sa.Uuid),
    sa.column("survey_version", sa.Integer),
    sa.column("content", postgresql.JSONB),
    sa.column("content_hash", sa.LargeBinary),
    sa.column("languages", postgresql.ARRAY(sa.Text)),
    sa.column("created_at", MOMENT),
    sa.column("published_at", MOMENT),
)


def upgrade() -> None:
    op.create_table(
        "survey_version",
        sa.Column("survey_id", sa.Uuid, nullable=False),
        sa.Column("survey_version", sa.Integer, nullable=False),
        sa.Column("content", postgresql.JSONB, nullable=False),
        sa.Column("content_hash", sa.LargeBinary, nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("revision_record", postgresql.JSONB),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("piloted_at", MOMENT),
        sa.Column("published_at", MOMENT),
        sa.PrimaryKeyConstraint("survey_id", "survey_version", name="pk_survey_version"),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name="fk_survey_version_survey_id_survey"),
    )
    for column in (
        sa.Column("draft_version", sa.Integer),
        sa.Column("pilot_version", sa.Integer),
        sa.Column("anonymous", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("min_group", sa.Integer, nullable=False, server_default=sa.text("5")),
        sa.Column("wave", sa.Text),
        sa.Column("study", postgresql.JSONB),
        sa.Column("quotas", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("closed_at", MOMENT),
    ):
        op.add_column("survey", column)
    _move_items()
    for name in ("title", "items", "languages"):
        op.drop_column("survey", name)


def downgrade() -> None:
    op.add_column("survey", sa.Column("title", sa.Text, nullable=False, server_default=""))
    op.add_column("survey", sa.Column("items", postgresql.JSONB, nullable=False, server_default=sa.text("'[]'")))
    both = sa.text("'{en,zh}'")
    op.add_column("survey", sa.Column("languages", postgresql.ARRAY(sa.Text), nullable=False, server_default=both))
    _move_items_back()
    op.alter_column("survey", "title", server_default=None)
    op.alter_column("survey", "items", server_default=None)
    op.execute("UPDATE survey SET state = CASE WHEN published_at IS NULL THEN 'draft' ELSE 'published' END")
    for name in ("draft_version", "pilot_version", "anonymous", "min_group", "wave", "study", "quotas", "closed_at"):
        op.drop_column("survey", name)
    op.drop_table("survey_version")


def _move_items() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(SURVEY)).all():
        content = {
            "title": dict.fromkeys(LANGUAGES, row.title),
            "languages": row.languages,
            "sections": _sections(row._mapping["items"]),
        }
        version = {
            "survey_id": row.id,
            "survey_version": row.survey_version,
            "content": content,
            "content_hash": hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest(),
            "languages": row.languages,
            "created_at": row.created_at,
            "published_at": row.published_at,
        }
        connection.execute(sa.insert(VERSION).values(**version))
    # The hash of the request covers more members now: the next repeated request stores its own.
    connection.execute(sa.update(SURVEY).values(fingerprint=b""))
    drafts = sa.update(SURVEY).where(SURVEY.c.published_at.is_(None))
    connection.execute(drafts.values(draft_version=SURVEY.c.survey_version))


def _sections(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"items": [_typed(item) for item in items]}] if items else []


def _typed(item: dict[str, Any]) -> dict[str, Any]:
    """Return the item as a document of the new form: with a type, without empty members."""
    scale = item["scale"]
    typed = {"type": "text" if scale is None else "scale", "text": _present(item["text"]), "measure": item["measure"]}
    if scale is not None:
        labels = [_present(label) for label in scale["labels"]]
        typed["scale"] = {"lowest": scale["lowest"], "highest": scale["highest"]} | (
            {"labels": labels} if labels else {}
        )
    return {"code": item["code"]} | typed | ({"about": item["about"]} if item.get("about") else {})


def _present(text: dict[str, str | None]) -> dict[str, str]:
    return {language: value for language, value in text.items() if value is not None}


def _move_items_back() -> None:
    """Move the items of current versions back; types that the older version does not have become free text."""
    connection = op.get_bind()
    current = sa.select(VERSION).join(
        SURVEY, (SURVEY.c.id == VERSION.c.survey_id) & (SURVEY.c.survey_version == VERSION.c.survey_version)
    )
    for row in connection.execute(current).all():
        title = row.content["title"].get("en") or row.content["title"].get("zh")
        items = [_untyped(item) for section in row.content.get("sections", ()) for item in section["items"]]
        values = {"title": title, "items": items, "languages": row.languages}
        connection.execute(sa.update(SURVEY).where(SURVEY.c.id == row.survey_id).values(**values))


def _untyped(item: dict[str, Any]) -> dict[str, Any]:
    scale = item.get("scale") if item["type"] == "scale" else None
    if scale is not None:
        labels = [_gapless(label) for label in scale.get("labels", ())]
        scale = {"lowest": scale["lowest"], "highest": scale["highest"], "labels": labels}
    plain = {"code": item["code"], "text": _gapless(item["text"]), "measure": item["measure"], "scale": scale}
    return plain | {"about": item.get("about")}


def _gapless(text: dict[str, str]) -> dict[str, str | None]:
    return {language: text.get(language) for language in LANGUAGES}
