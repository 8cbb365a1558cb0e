"""Use cases of consents: record a decision, read what is allowed now, read the history."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.contracts.customer import ConsentChanged, ConsentChannel, ConsentPurpose
from heed_common.cooperation import in_slices
from heed_common.encryption import FieldCipher
from heed_common.identifiers import new_id
from heed_common.outbox import StagedEvent
from heed_common.revisions import check_if_match
from heed_common.upserts import Upserted
from heed_customer.reach.consents import repository, rules
from heed_customer.reach.consents.errors import GuardianNeeded, ValidityInvalid
from heed_customer.reach.consents.evidence import Evidence, decrypt_all, encrypt
from heed_customer.reach.consents.rules import Consent, ConsentStatus, Decision
from heed_customer.reach.consents.tables import ConsentDecision, ConsentEvidence
from heed_customer.records.customers import identity
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.errors import CustomerNotFound

NO_REVISION = 0


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision to record, with its evidence in words."""

    purpose: ConsentPurpose
    channel: ConsentChannel
    granted: bool
    source: str
    proof: str | None = None
    valid_from: datetime | None = None
    """By default the moment of recording."""
    valid_to: datetime | None = None
    by_guardian: bool = False


@dataclass(frozen=True, slots=True)
class Consents:
    """The decisions of customers who are one person, as they count now."""

    decisions: Mapping[tuple[str, str], Sequence[Decision]]
    minor: bool
    now: datetime

    def get(self, purpose: ConsentPurpose, channel: ConsentChannel) -> Consent:
        found = self.decisions.get((purpose, channel), ())
        return rules.consent(purpose, found, minor=self.minor, now=self.now)

    def decision_ids(self) -> set[UUID]:
        return {decision.id for decisions in self.decisions.values() for decision in decisions}

    def allows_over_any_channel(self, purpose: ConsentPurpose) -> bool:
        """Return whether the purpose is granted over one channel and refused over none."""
        found = [self.get(purpose, channel) for channel in ConsentChannel]
        refused = any(consent.status is ConsentStatus.REFUSED for consent in found)
        return not refused and any(consent.allowed for consent in found)


async def load_consents(
    session: AsyncSession,
    *,
    family: Collection[UUID],
    now: datetime,
    purposes: Collection[ConsentPurpose] = tuple(ConsentPurpose),
) -> Consents:
    """Return the consents of customers who are one person, to these purposes."""
    found: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for row in await repository.latest_decisions(session, family, purposes=purposes, now=now):
        found[row.purpose, row.channel].append(_to_domain(row))
    has_guarded = not rules.FOR_GUARDIANS.isdisjoint(purposes)
    minor = has_guarded and await repository.is_minor(session, family, today=now.date())
    return Consents(found, minor, now)


async def get_consents(session: AsyncSession, *, customer_id: UUID, now: datetime) -> Consents:
    """Return the consents of the customer and all customers merged with it. Raises `CustomerNotFound`."""
    await customers.get_customer(session, customer_id=customer_id)
    return await load_consents(session, family=await identity.family_of(session, customer_id), now=now)


async def has_sensitive_consent(session: AsyncSession, customer_id: UUID, now: datetime) -> bool:
    """Return whether sensitive fields of the profile may be processed: that needs a consent of its own."""
    return await _allows(session, customer_id, ConsentPurpose.SENSITIVE, now=now)


async def may_profile(session: AsyncSession, customer_id: UUID, now: datetime) -> bool:
    """Return whether the customer may be profiled; a child only with the consent of a guardian."""
    return await _allows(session, customer_id, ConsentPurpose.PROFILING, now=now)


async def put_consent(
    session: AsyncSession,
    *,
    customer_id: UUID,
    new: NewDecision,
    cipher: FieldCipher,
    by: str,
    now: datetime,
    if_match: int | None = None,
) -> Upserted[ConsentDecision]:
    """Record the decision and publish it; one that only repeats the last one is not recorded again.

    Raises `CustomerNotFound`, `ValidityInvalid`, `GuardianNeeded`, `PreconditionFailed`.
    """
    if new.valid_to is not None and new.valid_to <= (new.valid_from or now):
        raise ValidityInvalid(pointer="/valid_to")
    family = await identity.lock_family(session, customer_id)
    customer = next((member for member in family if member.id == customer_id), None)
    if customer is None:
        raise CustomerNotFound
    ids = {member.id for member in family}
    await _check_guardian(session, new, ids, now=now)
    last = await repository.last_recorded(session, customer_id, purpose=new.purpose, channel=new.channel)
    check_if_match(if_match, NO_REVISION if last is None else last.version)
    if last is not None and await _is_repeated(session, last, new, ids, cipher=cipher, now=now):
        return Upserted(last, created=False)
    customer.version += 1
    decision = _new_row(new, customer_id, customer.version, replaces_of=ids - {customer_id}, by=by, now=now)
    await repository.add_decision(session, decision, _evidence_row(decision, new, cipher=cipher))
    await outbox.stage(
        session, _changed(decision, now=now), aggversion=customer.version, now=now, event_id=decision.event_id
    )
    return Upserted(decision, created=True)


async def record_first_decisions(
    session: AsyncSession,
    *,
    new: Mapping[UUID, Sequence[NewDecision]],
    cipher: FieldCipher,
    by: str,
    now: datetime,
) -> None:
    """Record decisions of customers that this transaction has registered, and publish them."""
    rows = await customers.load_customers(session, customer_ids=new)
    decisions, evidence = list[ConsentDecision](), list[ConsentEvidence]()
    async for customer_id, decision in in_slices([(key, item) for key, items in new.items() for item in items]):
        rows[customer_id].version += 1
        version = rows[customer_id].version
        decisions.append(_new_row(decision, customer_id, version, replaces_of=(), by=by, now=now))
        evidence.append(_evidence_row(decisions[-1], decision, cipher=cipher))
    await repository.add_decisions(session, decisions, evidence)
    staged = [StagedEvent(_changed(row, now=now), row.version, id=row.event_id) for row in decisions]
    await outbox.stage_all(session, staged, now=now)


async def list_history(
    session: AsyncSession, *, customer_id: UUID, before: UUID | None, limit: int
) -> Sequence[ConsentDecision]:
    """Return a page of all decisions of the customer and those merged with it. Raises `CustomerNotFound`."""
    await customers.get_customer(session, customer_id=customer_id)
    family = await identity.family_of(session, customer_id)
    return await repository.list_decisions(session, family, before=before, limit=limit)


async def get_evidence(
    session: AsyncSession, *, decision_ids: Collection[UUID], cipher: FieldCipher
) -> dict[UUID, Evidence]:
    """Return source and proof by decision."""
    return decrypt_all(await repository.find_evidence(session, decision_ids), cipher=cipher)


async def set_birth_date(session: AsyncSession, *, customer_id: UUID, birth_date: date | None, now: datetime) -> None:
    """Remember until when the customer is a child; of all others nothing is stored."""
    until = None if birth_date is None else rules.decides_alone_from(birth_date)
    if until is not None and until > now.date():
        await repository.put_minor(session, customer_id, until=until)
    else:
        await repository.delete_minor(session, customer_id)


async def _allows(session: AsyncSession, customer_id: UUID, purpose: ConsentPurpose, *, now: datetime) -> bool:
    family = await identity.family_of(session, customer_id)
    consents = await load_consents(session, family=family, now=now, purposes=[purpose])
    return consents.allows_over_any_channel(purpose)


async def _check_guardian(session: AsyncSession, new: NewDecision, family: Collection[UUID], *, now: datetime) -> None:
    if not new.granted or new.purpose not in rules.FOR_GUARDIANS:
        return
    minor = await repository.is_minor(session, family, today=now.date())
    if rules.is_guardian_needed(new.purpose, minor=minor, by_guardian=new.by_guardian):
        raise GuardianNeeded(pointer="/by_guardian")


async def _is_repeated(
    session: AsyncSession,
    last: ConsentDecision,
    new: NewDecision,
    family: Collection[UUID],
    *,
    cipher: FieldCipher,
    now: datetime,
) -> bool:
    """Return whether the new decision is the last one again, which still counts for all merged customers."""
    same_validity = last.valid_to == new.valid_to and new.valid_from in (None, last.valid_from)
    if (last.granted, last.by_guardian) != (new.granted, new.by_guardian) or not same_validity:
        return False
    if new.valid_from is None and last.valid_from > now:
        return False
    evidence = (await get_evidence(session, decision_ids=[last.id], cipher=cipher)).get(last.id)
    if evidence != Evidence(new.source, new.proof):
        return False
    consents = await load_consents(session, family=family, now=now, purposes=[new.purpose])
    current = consents.get(new.purpose, new.channel).decision
    return current is None or current.id == last.id


def _new_row(
    new: NewDecision, customer_id: UUID, version: int, *, replaces_of: Collection[UUID], by: str, now: datetime
) -> ConsentDecision:
    return ConsentDecision(
        id=new_id(),
        event_id=new_id(),
        customer_id=customer_id,
        version=version,
        purpose=new.purpose,
        channel=new.channel,
        granted=new.granted,
        by_guardian=new.by_guardian,
        valid_from=new.valid_from or now,
        valid_to=new.valid_to,
        replaces_of=sorted(replaces_of),
        recorded_at=now,
        recorded_by=by,
    )


def _changed(decision: ConsentDecision, *, now: datetime) -> ConsentChanged:
    return ConsentChanged(
        occurred_at=now,
        customer_id=decision.customer_id,
        purpose=ConsentPurpose(decision.purpose),
        channel=ConsentChannel(decision.channel),
        granted=decision.granted,
        valid_from=decision.valid_from,
        valid_to=decision.valid_to,
        by_guardian=decision.by_guardian,
        replaces_of=tuple(decision.replaces_of),
    )


def _to_domain(row: ConsentDecision) -> Decision:
    return Decision(
        id=row.id,
        customer_id=row.customer_id,
        granted=row.granted,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        replaces_of=frozenset(row.replaces_of),
        recorded_at=row.recorded_at,
        by_guardian=row.by_guardian,
    )


def _evidence_row(decision: ConsentDecision, new: NewDecision, *, cipher: FieldCipher) -> ConsentEvidence:
    content = encrypt(Evidence(new.source, new.proof), decision_id=decision.id, cipher=cipher)
    return ConsentEvidence(decision_id=decision.id, customer_id=decision.customer_id, content=content)
