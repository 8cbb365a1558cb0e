"""Batches of customers: invalid items are rejected, the others are registered together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.batches import BatchOut, parse_items, to_batch_out
from heed_customer.item_results import merge_in_order
from heed_customer.records.customers import service
from heed_customer.records.customers.rules import NewCustomer
from heed_customer.records.customers.schemas import CustomerIn


async def register_customer_batch(session: AsyncSession, *, items: Sequence[object], now: datetime) -> BatchOut:
    """Validate and register the items. Raises `TooManyItems`."""
    parsed = await parse_items(items, _parse)
    customers = [item for item in parsed if isinstance(item, NewCustomer)]
    registered = await service.register_customers(session, customers=customers, now=now)
    return to_batch_out(items, merge_in_order(parsed, registered))


def _parse(document: object) -> NewCustomer:
    return CustomerIn.model_validate(document).to_domain()
