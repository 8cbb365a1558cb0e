"""SQL of links."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_survey.invitations.links.rules import LinkKind
from heed_survey.invitations.links.tables import AnonymousLinkKey, BurntLink, SurveyLink


async def insert_link(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Insert the link unless its token exists."""
    await session.execute(insert(SurveyLink).values(**values).on_conflict_do_nothing(index_elements=["token_hash"]))


async def find_link(session: AsyncSession, token_hash: bytes) -> SurveyLink | None:
    query = select(SurveyLink).where(SurveyLink.token_hash == token_hash).execution_options(populate_existing=True)
    return (await session.scalars(query)).one_or_none()


async def lock_links(session: AsyncSession, *, id_: UUID | None, invitation_id: UUID | None) -> Sequence[SurveyLink]:
    """Lock the link, or all links of its invitation."""
    same = SurveyLink.id == id_ if invitation_id is None else SurveyLink.invitation_id == invitation_id
    query = select(SurveyLink).where(same).order_by(SurveyLink.id).with_for_update()
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def list_links(session: AsyncSession, *, survey_id: UUID, kind: LinkKind) -> Sequence[SurveyLink]:
    query = select(SurveyLink).where(SurveyLink.survey_id == survey_id, SurveyLink.kind == kind)
    return (await session.scalars(query.order_by(SurveyLink.id))).all()


async def expire_link(session: AsyncSession, *, survey_id: UUID, id_: UUID, now: datetime) -> bool:
    """Let the open link end now. Return False if there is none."""
    same = (SurveyLink.id == id_, SurveyLink.survey_id == survey_id, SurveyLink.kind == LinkKind.OPEN)
    expired = update(SurveyLink).where(*same).values(expires_at=func.least(SurveyLink.expires_at, now))
    return (await session.execute(expired.returning(SurveyLink.id))).one_or_none() is not None


async def upsert_key(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Insert the key of anonymous links, or extend its validity."""
    statement = insert(AnonymousLinkKey).values(**values)
    later = func.greatest(AnonymousLinkKey.expires_at, statement.excluded.expires_at)
    changed = AnonymousLinkKey.expires_at < statement.excluded.expires_at
    await session.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"expires_at": later}, where=changed)
    )


async def find_key(session: AsyncSession, key_id: bytes) -> AnonymousLinkKey | None:
    return await session.get(AnonymousLinkKey, key_id)


async def is_burnt(session: AsyncSession, token_hash: bytes) -> bool:
    return await session.scalar(select(BurntLink.token_hash).where(BurntLink.token_hash == token_hash)) is not None


async def count_burnt(session: AsyncSession, *, survey_id: UUID, wave: str | None) -> int:
    query = select(func.count()).select_from(BurntLink).join(AnonymousLinkKey, AnonymousLinkKey.id == BurntLink.key_id)
    query = query.where(AnonymousLinkKey.survey_id == survey_id)
    if wave is not None:
        query = query.where(func.coalesce(AnonymousLinkKey.wave, "") == wave)
    return (await session.execute(query)).scalar_one()


async def insert_burnt(session: AsyncSession, *, token_hash: bytes, key_id: bytes) -> bool:
    """Insert the hash. Return False if it exists; waits for a transaction that is inserting it."""
    statement = insert(BurntLink).values(token_hash=token_hash, key_id=key_id).on_conflict_do_nothing()
    return await session.scalar(statement.returning(BurntLink.token_hash)) is not None


async def delete_links_of(session: AsyncSession, invitation_ids: Sequence[UUID]) -> None:
    await session.execute(delete(SurveyLink).where(SurveyLink.invitation_id.in_(invitation_ids)))
