"""What is promised to customers in writing, and how well it works."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.identifiers import new_id
from heed_common.revisions import require_if_match
from heed_complaint.core.customers import families
from heed_complaint.sla.terms import resolver
from heed_complaint.sla.terms.agreements import repository, rules
from heed_complaint.sla.terms.agreements.errors import AgreementNotFound, AgreementOverlaps
from heed_complaint.sla.terms.agreements.rules import Agreement
from heed_complaint.sla.terms.agreements.tables import AgreementReview, AgreementVersion
from heed_complaint.sla.terms.revisions import repository as changes

AGREEMENT = "agreement"

Document = Mapping[str, Any]


async def conclude(session: AsyncSession, *, document: Document, by: str, now: datetime) -> AgreementVersion:
    """Open complaints that come under it are planned anew."""
    await changes.lock(session)
    agreement = rules.read(new_id(), 1, document)
    await _check(session, agreement, signed=_is_signed(document), now=now)
    return await _add(session, agreement, document, by=by, now=now)


async def change(
    session: AsyncSession, *, agreement_id: UUID, document: Document, by: str, if_match: int | None, now: datetime
) -> AgreementVersion:
    """It is written anew, as a whole; the versions before it stay for the deadlines that refer to them."""
    await changes.lock(session)
    before = await get(session, agreement_id=agreement_id, version=None)
    require_if_match(if_match, before.version)
    if before.document == document:
        return before
    agreement = rules.read(agreement_id, before.version + 1, document)
    await _check(session, agreement, signed=_is_signed(document), now=now)
    return await _add(session, agreement, document, by=by, now=now)


async def get(session: AsyncSession, *, agreement_id: UUID, version: int | None) -> AgreementVersion:
    """The agreement as it counts now, or as it was in one of its versions."""
    if version is None:
        found = await repository.newest(session, agreement_id)
    else:
        found = await repository.version(session, agreement_id, version)
    if found is None:
        raise AgreementNotFound
    return found


async def list_agreements(
    session: AsyncSession, *, customer_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[AgreementVersion]:
    """The latest concluded first; of a customer with all who are one with them."""
    customer_ids = None if customer_id is None else await families.family_of(session, customer_id)
    return await repository.list_newest(session, customer_ids=customer_ids, before=before, limit=limit)


async def review(
    session: AsyncSession,
    *,
    agreement_id: UUID,
    held_on: date,
    findings: str,
    improvement: str | None,
    by: str,
    now: datetime,
) -> AgreementReview:
    """It was looked at together. What was found is added to what was found before."""
    agreement = await get(session, agreement_id=agreement_id, version=None)
    said = {"held_on": held_on, "findings": findings, "improvement": improvement, "at": now, "by": by}
    return await repository.add_review(
        session, id=new_id(), agreement_id=agreement_id, version=agreement.version, **said
    )


async def list_reviews(
    session: AsyncSession, *, agreement_id: UUID, after: UUID | None, limit: int
) -> Sequence[AgreementReview]:
    """The first one first."""
    await get(session, agreement_id=agreement_id, version=None)
    return await repository.reviews_of(session, agreement_id, after=after, limit=limit)


async def _check(session: AsyncSession, agreement: Agreement, *, signed: bool, now: datetime) -> None:
    rules.check_reach(agreement, (await resolver.book(session)).calendars, now=now)
    if not signed or agreement.customer_id is None:
        return
    if await repository.overlaps(
        session,
        customer_ids=await families.family_of(session, agreement.customer_id),
        beside=agreement.id,
        since=agreement.valid_from,
        until=agreement.valid_until,
    ):
        raise AgreementOverlaps


def _is_signed(document: Document) -> bool:
    return "signed_on" in document


async def _add(
    session: AsyncSession, agreement: Agreement, document: Document, *, by: str, now: datetime
) -> AgreementVersion:
    version = agreement.layer.key.version
    row = await repository.add(
        session,
        id=agreement.id,
        version=version,
        customer_id=agreement.customer_id,
        signed=_is_signed(document),
        valid_from=agreement.valid_from,
        valid_until=agreement.valid_until,
        document=dict(document),
        at=now,
        by=by,
    )
    await changes.note(session, what=AGREEMENT, name=str(agreement.id), version=version, by=by, at=now)
    return row
