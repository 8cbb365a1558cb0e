"""Use cases of agreements and their reviews."""

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
from heed_complaint.sla.terms.revisions import repository as revisions

AGREEMENT = "agreement"

Document = Mapping[str, Any]


async def create(session: AsyncSession, *, document: Document, by: str, now: datetime) -> AgreementVersion:
    """Create an agreement. Open complaints to which it applies will be replanned."""
    await revisions.lock(session)
    agreement = rules.parse(new_id(), 1, document)
    await _check(session, agreement, signed=_is_signed(document), now=now)
    return await _add(session, agreement, document, by=by, now=now)


async def put(
    session: AsyncSession, *, agreement_id: UUID, document: Document, by: str, if_match: int | None, now: datetime
) -> AgreementVersion:
    """Create a version of the agreement; an unchanged one creates none. Earlier ones remain for their deadlines."""
    await revisions.lock(session)
    before = await get(session, agreement_id=agreement_id, version=None)
    require_if_match(if_match, before.version)
    if before.document == document:
        return before
    agreement = rules.parse(agreement_id, before.version + 1, document)
    await _check(session, agreement, signed=_is_signed(document), now=now)
    return await _add(session, agreement, document, by=by, now=now)


async def get(session: AsyncSession, *, agreement_id: UUID, version: int | None) -> AgreementVersion:
    """Return that version of the agreement, by default the newest. Raises `AgreementNotFound`."""
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
    """Return the newest versions, the latest agreement first; of a customer with those of merged customers."""
    customer_ids = None if customer_id is None else await families.family_of(session, customer_id)
    return await repository.list_newest(session, customer_ids=customer_ids, before=before, limit=limit)


async def create_review(
    session: AsyncSession,
    *,
    agreement_id: UUID,
    held_on: date,
    findings: str,
    improvement: str | None,
    by: str,
    now: datetime,
) -> AgreementReview:
    """Add a review of the newest version."""
    agreement = await get(session, agreement_id=agreement_id, version=None)
    values = {"held_on": held_on, "findings": findings, "improvement": improvement, "at": now, "by": by}
    return await repository.add_review(
        session, id=new_id(), agreement_id=agreement_id, version=agreement.version, **values
    )


async def list_reviews(
    session: AsyncSession, *, agreement_id: UUID, after: UUID | None, limit: int
) -> Sequence[AgreementReview]:
    """Return the reviews, the first one first."""
    await get(session, agreement_id=agreement_id, version=None)
    return await repository.list_reviews(session, agreement_id, after=after, limit=limit)


async def _check(session: AsyncSession, agreement: Agreement, *, signed: bool, now: datetime) -> None:
    rules.check_calendars(agreement, (await resolver.current_terms(session)).calendars, now=now)
    if not signed or agreement.customer_id is None:
        return
    if await repository.overlaps(
        session,
        customer_ids=await families.family_of(session, agreement.customer_id),
        except_id=agreement.id,
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
    await revisions.record_revision(
        session, subject_type=AGREEMENT, name=str(agreement.id), version=version, by=by, now=now
    )
    return row
