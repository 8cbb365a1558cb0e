"""SQL of returns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from heed_customer.commerce.returns.tables import PurchaseReturn


async def find_returns(session: AsyncSession, *, purchase_id: UUID, external_id: str) -> Sequence[PurchaseReturn]:
    """Return the returns of the purchase, and the one with this external_id of any purchase."""
    statement = select(PurchaseReturn).where(
        or_(PurchaseReturn.purchase_id == purchase_id, PurchaseReturn.external_id == external_id)
    )
    return (await session.scalars(statement)).all()


async def insert_return(session: AsyncSession, row: dict[str, object]) -> PurchaseReturn | None:
    """Insert the return; None if a concurrent return of another purchase has its external_id."""
    statement = insert(PurchaseReturn).values(row).on_conflict_do_nothing(index_elements=["external_id"])
    return (await session.execute(statement.returning(PurchaseReturn))).scalar_one_or_none()
