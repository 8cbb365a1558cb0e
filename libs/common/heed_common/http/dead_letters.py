"""HTTP API of a service's dead letters and stopped consumers."""

import logging
from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query
from sqlalchemy import Row

from heed_common import breaker, dead_letter_operations
from heed_common.auth.scopes import requires
from heed_common.dead_letter_operations import DeadLetterUnknown, Filter
from heed_common.fields import Moment, ResponseModel, Text
from heed_common.http.admin import admin_router
from heed_common.http.dependencies import Caller, DbSession, Now
from heed_common.paging import Page, PageQuery, paginate

log = logging.getLogger(__name__)

router = admin_router("dead-letters")
consumers = admin_router("consumers")

MAY_READ, MAY_WRITE = [requires("admin:read")], [requires("admin:write")]
LetterId = Annotated[int, Path(ge=1, lt=2**63)]
NameQuery = Annotated[Text | None, Query(max_length=200)]
Group = Annotated[Text, Path(max_length=200)]


class DeadLetterOut(ResponseModel):
    """A record that a consumer group could not process."""

    id: int
    """Number by which operators retry or drop it."""
    consumer_group: str
    topic: str
    partition: int
    offset: int
    event_id: UUID | None
    """The event that failed; null if the record could not be decoded."""
    error: str
    """The class of the error, or why the record could not be decoded."""
    first_seen: Moment
    attempts: int
    size: int
    """Bytes of the record."""
    retry_requested_at: Moment | None


class EnvelopeOut(ResponseModel):
    """The readable attributes of the event's envelope; values that do not have Heed's format are omitted."""

    id: UUID | None = None
    """Id of the event."""
    type: str | None = None
    """Full type of the event."""
    subject: UUID | None = None
    """What the event is about: its id."""
    partitionkey: UUID | None = None
    time: datetime | None = None
    """When it was recorded."""
    aggversion: int | None = None
    causationid: UUID | None = None


class PayloadOut(ResponseModel):
    """Key and bytes of the record, in base64."""

    key: str | None
    """Key of the record; null if it had none."""
    value: str
    """The event's bytes as they were read, also where they are not JSON."""


class DeadLetterDetailsOut(DeadLetterOut):
    envelope: EnvelopeOut
    """Null fields could not be read from the bytes."""
    payload: PayloadOut | None
    """Only with `admin:write`: an undecodable record may contain any data."""


class RequestedOut(ResponseModel):
    """Number of dead letters affected."""

    count: int
    """Dead letters that the request affects; they are processed in the background."""


class ConsumerStopOut(ResponseModel):
    consumer_group: str
    stopped_at: Moment
    """When too many of its events had failed."""
    reason: str
    """How many of the last events failed."""


class ResumedOut(ResponseModel):
    consumer_group: str
    was_stopped: bool
    """Whether it had been stopped; false: there was nothing to do."""


async def get_filter(group: NameQuery = None, topic: NameQuery = None, error: NameQuery = None) -> Filter:
    return Filter(group=group, topic=topic, error=error)


FilterQuery = Annotated[Filter, Depends(get_filter)]


@router.get("", dependencies=MAY_READ)
async def list_dead_letters(session: DbSession, filter_: FilterQuery, page: PageQuery) -> Page[DeadLetterOut]:
    """List the dead letters of a service, newest first."""
    after = page.after(int)
    rows = await dead_letter_operations.list_dead_letters(
        session, filter_=filter_, limit=page.fetch_limit, before=after[0] if after else None
    )
    items, next_cursor = paginate(rows, page, key=lambda row: (row.id,))
    return Page(items=page.show(items, DeadLetterOut.model_validate), next_cursor=next_cursor)


@router.get("/{letter_id}", dependencies=MAY_READ)
async def get_dead_letter(letter_id: LetterId, session: DbSession, caller: Caller) -> DeadLetterDetailsOut:
    """Get one dead letter with the attributes of its envelope, and its bytes for `admin:write`."""
    row = await dead_letter_operations.get_dead_letter(session, id_=letter_id)
    return _details(row, with_payload=caller.may("admin:write"))


@router.post(":retry", status_code=202, dependencies=MAY_WRITE)
async def retry_dead_letters(session: DbSession, filter_: FilterQuery, now: Now) -> RequestedOut:
    """Request a retry of all dead letters that match the filters, or of all without filters."""
    return RequestedOut(count=await dead_letter_operations.request_retry(session, filter_=filter_, now=now))


@router.post("/{letter_id}:retry", status_code=202, dependencies=MAY_WRITE)
async def retry_dead_letter(letter_id: LetterId, session: DbSession, now: Now) -> DeadLetterOut:
    """Request a retry of one dead letter: it is deleted if that succeeds, otherwise its attempts are increased."""
    if not await dead_letter_operations.request_retry(session, filter_=Filter(ids=[letter_id]), now=now):
        raise DeadLetterUnknown
    return DeadLetterOut.model_validate(await dead_letter_operations.get_dead_letter(session, id_=letter_id))


@router.delete("/{letter_id}", status_code=204, dependencies=MAY_WRITE)
async def drop_dead_letter(letter_id: LetterId, session: DbSession, caller: Caller, now: Now) -> None:
    """Drop one dead letter for good: its event is never processed, its bytes are deleted."""
    if not await dead_letter_operations.drop(session, filter_=Filter(ids=[letter_id]), now=now):
        raise DeadLetterUnknown
    log.warning("dead letter dropped", extra={"dead_letter": letter_id, "caller": caller.id})


@consumers.get("", dependencies=MAY_READ)
async def list_stopped_consumers(session: DbSession) -> Page[ConsumerStopOut]:
    """List the consumer groups of a service that were stopped by too many dead letters."""
    stops = [ConsumerStopOut.model_validate(stop) for stop in await breaker.stops(session)]
    return Page(items=stops, next_cursor=None)


@consumers.post("/{group}:resume", dependencies=MAY_WRITE)
async def resume_consumer(group: Group, session: DbSession, caller: Caller) -> ResumedOut:
    """Resume a stopped consumer group from where it stopped, with an empty count of dead letters."""
    was_stopped = await breaker.resume(session, group=group)
    log.warning("consumer group resumed", extra={"caller": caller.id, "was_stopped": was_stopped})
    return ResumedOut(consumer_group=group, was_stopped=was_stopped)


def _details(row: Row[Any], *, with_payload: bool) -> DeadLetterDetailsOut:
    key = None if row.key is None else b64encode(row.key).decode()
    return DeadLetterDetailsOut(
        **DeadLetterOut.model_validate(row).model_dump(),
        envelope=EnvelopeOut(**dead_letter_operations.envelope_attributes(row.value)),
        payload=PayloadOut(key=key, value=b64encode(row.value).decode()) if with_payload else None,
    )
