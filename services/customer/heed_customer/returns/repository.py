"""Every query of returns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.tables import Purchase, PurchaseReturn


async def lock_purchase(session: AsyncSession, purchase_id: UUID) -> Purchase | None:
    """Until the end of the transaction, so that two returns of one purchase come one after the other."""
    statement = select(Purchase).where(Purchase.id == purchase_id).with_for_update(key_share=True)
    return (await session.execute(statement)).scalar_one_or_none()


async def find_related(session: AsyncSession, *, purchase_id: UUID, external_id: str) -> Sequence[PurchaseReturn]:
    """The returns of the purchase, and the one of any purchase that has this external_id."""
    statement = select(PurchaseReturn).where(
        or_(PurchaseReturn.purchase_id == purchase_id, PurchaseReturn.external_id == external_id)
    )
    return (await session.scalars(statement)).all()


async def insert_return(session: AsyncSession, row: dict[str, object]) -> PurchaseReturn | None:
    """None when another purchase's return took the external_id at the same moment."""
    statement = insert(PurchaseReturn).values(row).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.execute(statement.returning(PurchaseReturn))).scalar_one_or_none()
