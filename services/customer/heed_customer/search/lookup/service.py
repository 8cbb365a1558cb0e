"""Look-up of customers by a telephone number, a mail or an identifier, with what is open."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.encryption import FieldCipher
from heed_customer.accounts.sensitive_fields import service as sensitive_fields
from heed_customer.commitments.promises import service as promises
from heed_customer.reach.contacts import addresses
from heed_customer.read_models.complaints import service as complaints
from heed_customer.read_models.scores import service as scores
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.schemas import CustomerOut
from heed_customer.search.lookup.rules import Criterion, LookupContext, LookupQuery
from heed_customer.search.lookup.schemas import CustomerScoreOut, FoundCustomer


@dataclass(frozen=True, slots=True)
class _Match:
    """A customer that matches, which may be merged into another one, and the contact by which it was found."""

    customer_id: UUID
    contact_id: UUID | None = None


async def look_up(
    session: AsyncSession, *, query: LookupQuery, context: LookupContext, cipher: FieldCipher
) -> list[FoundCustomer]:
    """Return the customers that match, in the order of their contacts; of a merged customer the survivor."""
    matches = await _find(session, query, context=context, cipher=cipher)
    if not matches:
        return []
    families = await identity.families_of(session, [match.customer_id for match in matches])
    members = {member for family in families.values() for member in family}
    survivors = {survivor.id: survivor for survivor in await identity.load_survivors(session, members)}
    open_complaints = await complaints.open_complaints(session, members, confidential=context.confidential)
    open_promises = await promises.count_open(session, members)
    newest_scores = await scores.load_scores(session, survivors)
    found: dict[UUID, FoundCustomer] = {}
    for match in matches:
        family = families[match.customer_id]
        survivor = next((survivors[member] for member in family if member in survivors), None)
        if survivor is not None and survivor.id not in found:
            score = newest_scores.get(survivor.id)
            found[survivor.id] = FoundCustomer(
                customer=CustomerOut.model_validate(survivor),
                matched_by=query.criterion,
                contact_id=match.contact_id,
                open_complaints=sum(open_complaints[member] for member in family),
                open_promises=sum(open_promises[member] for member in family),
                score=None if score is None else CustomerScoreOut.model_validate(score),
            )
    return list(found.values())


async def _find(
    session: AsyncSession, query: LookupQuery, *, context: LookupContext, cipher: FieldCipher
) -> list[_Match]:
    if query.criterion is Criterion.EXTERNAL_ID:
        found = await customers.find_ids(session, ids=(), external_ids=[query.value])
        return [_Match(customer_id) for customer_id in found.values()]
    if query.criterion is Criterion.ID_NUMBER:
        identified = await sensitive_fields.find_by_id_number(
            session, id_number=query.value, cipher=cipher, by=context.by, now=context.now
        )
        return [_Match(customer_id) for customer_id in identified]
    by_phone = query.criterion is Criterion.PHONE
    contacts = await addresses.find_customers_by(
        session,
        phone=query.value if by_phone else None,
        mail=None if by_phone else query.value,
        country=context.country,
        cipher=cipher,
    )
    return [_Match(contact.customer_id, contact.contact_id) for contact in contacts]
