"""Use cases of preference links: create them, show the consents behind them, decide over them."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.contracts.customer import ConsentChannel, ConsentPurpose
from heed_common.encryption import FieldCipher
from heed_customer.reach.consents import service as consents
from heed_customer.reach.consents.service import Consents, NewDecision
from heed_customer.reach.preferences import repository, rules
from heed_customer.reach.preferences.errors import LinkExpired, LinkUnknown
from heed_customer.reach.preferences.rules import Link

PAGE, ONE_CLICK = "preference_page", "one_click_unsubscribe"
"""Sources of the decisions that customers make themselves."""
BY_CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Preferences:
    customer_id: UUID
    consents: Consents


async def create_link(session: AsyncSession, *, customer_id: UUID, now: datetime) -> Link:
    """Create a private link; only the hash of its token is stored."""
    link = Link(secrets.token_urlsafe(rules.TOKEN_BYTES), rules.link_expiry(now))
    token_hash = rules.token_hash(link.token)
    await repository.add_link(session, customer_id, token_hash=token_hash, created_at=now, expires_at=link.expires_at)
    return link


async def create_preference_link(session: AsyncSession, customer_id: UUID, now: datetime, base_url: str) -> str:
    """Create a private link and return its address, for messages to the customer."""
    link = await create_link(session, customer_id=customer_id, now=now)
    return base_url.rstrip("/") + link.path


async def get_preferences(session: AsyncSession, *, token: str, now: datetime) -> Preferences:
    """Return what the holder of the link can see: whether each purpose is allowed, and no personal data.

    Raises `LinkUnknown`, `LinkExpired`.
    """
    customer_id = await customer_of(session, token=token, now=now)
    return Preferences(customer_id, await consents.get_consents(session, customer_id=customer_id, now=now))


async def decide(
    session: AsyncSession,
    *,
    token: str,
    purpose: ConsentPurpose,
    channel: ConsentChannel,
    granted: bool,
    source: str,
    cipher: FieldCipher,
    now: datetime,
) -> None:
    """Record what the customer decides over the link. Raises `LinkUnknown`, `LinkExpired`, `GuardianNeeded`."""
    customer_id = await customer_of(session, token=token, now=now)
    for each in rules.decided_channels(purpose, channel):
        new = NewDecision(purpose, each, granted=granted, source=source)
        await consents.put_consent(session, customer_id=customer_id, new=new, cipher=cipher, by=BY_CUSTOMER, now=now)


async def customer_of(session: AsyncSession, *, token: str, now: datetime) -> UUID:
    """Return the customer behind the link. Raises `LinkUnknown`, `LinkExpired`."""
    link = await repository.link_by_hash(session, rules.token_hash(token))
    if link is None:
        raise LinkUnknown
    if link.expires_at <= now:
        raise LinkExpired
    return link.customer_id
