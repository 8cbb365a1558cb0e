"""What the desk and the customer write to each other, and what the desk notes for itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_complaint.grouping.merges import repository as merges
from heed_complaint.lifecycle.opening import repository as complaints
from heed_complaint.lifecycle.opening.errors import ComplaintNotFound
from heed_complaint.resolution.messages import repository
from heed_complaint.resolution.messages.rules import Visibility
from heed_complaint.resolution.messages.tables import Message


async def create_message(
    session: AsyncSession, *, complaint_id: UUID, visibility: Visibility, text: str, by: str | None, now: datetime
) -> Message:
    """One more message. The history says that it was written, and leaves the words to it."""
    if await complaints.complaint_by_id(session, complaint_id) is None:
        raise ComplaintNotFound
    message = Message(id=new_id(), complaint_id=complaint_id, at=now, by=by, visibility=visibility, text=text)
    session.add(message)
    written = {"message_id": str(message.id), "visibility": visibility}
    complaints.note(session, complaint_id, at=now, by=by, action="message", before={}, after=written)
    await session.flush()
    return message


async def list_messages(
    session: AsyncSession, *, complaint_id: UUID, visibility: Visibility | None, after: UUID | None, limit: int
) -> Sequence[Message]:
    """All that was written, the first message first; also about the complaints that are merged into it."""
    if await complaints.complaint_by_id(session, complaint_id) is None:
        raise ComplaintNotFound
    members = await merges.members_of(session, complaint_id)
    return await repository.list_messages(session, members, visibility=visibility, after=after, limit=limit)
