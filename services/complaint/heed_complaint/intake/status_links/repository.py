"""SQL of private links and their complaints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.core.repository import load_survivor_id
from heed_complaint.core.tables import Complaint
from heed_complaint.intake.customer_messages.repository import list_predecessors, list_thread
from heed_complaint.intake.status_links.tables import StatusLink


def add_link(
    session: AsyncSession, complaint_id: UUID, *, token_hash: bytes, created_at: datetime, expires_at: datetime
) -> None:
    session.add(
        StatusLink(token_hash=token_hash, complaint_id=complaint_id, created_at=created_at, expires_at=expires_at)
    )


async def link_by_hash(session: AsyncSession, token_hash: bytes) -> StatusLink | None:
    return await session.get(StatusLink, token_hash)


async def delete_links(session: AsyncSession, complaint_id: UUID) -> None:
    """Delete every link that shows the complaint; those of a complaint show its follow-ups as well."""
    ids = await list_predecessors(session, complaint_id)
    await session.execute(delete(StatusLink).where(StatusLink.complaint_id.in_(ids)))


async def linked_complaint(session: AsyncSession, link: StatusLink) -> Complaint:
    return (await session.scalars(select(Complaint).where(Complaint.id == link.complaint_id))).one()


async def complaints_in_thread(session: AsyncSession, complaint: Complaint) -> list[Complaint]:
    """Return the complaint and its follow-ups, the last one last."""
    ids = await list_thread(session, complaint.id)
    found = {each.id: each for each in await session.scalars(select(Complaint).where(Complaint.id.in_(ids)))}
    return [found[complaint_id] for complaint_id in ids]


async def surviving_complaint(session: AsyncSession, complaint: Complaint) -> Complaint:
    """Return the complaint that it is merged into at the end of the chain; itself, where it is merged into none."""
    survivor_id = await load_survivor_id(session, complaint.id)
    return (await session.scalars(select(Complaint).where(Complaint.id == survivor_id))).one()
