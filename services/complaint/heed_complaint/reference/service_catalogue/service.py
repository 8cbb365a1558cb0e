"""Use cases of the service catalogue."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_common.upserts import Upserted
from heed_complaint.reference.service_catalogue import repository
from heed_complaint.reference.service_catalogue.errors import CatalogueEntryNotFound
from heed_complaint.reference.service_catalogue.tables import CatalogueEntry
from heed_complaint.reference.taxonomies import service as taxonomies


async def get_entry(session: AsyncSession, *, category: str) -> CatalogueEntry:
    """Return the entry of the category, or else of its first level. Raises `CatalogueEntryNotFound`."""
    found = await repository.get_entry(session, category) or await repository.get_entry(
        session, category.partition(".")[0]
    )
    if found is None:
        raise CatalogueEntryNotFound
    return found


async def put_entry(
    session: AsyncSession, *, category: str, values: Mapping[str, int], if_match: int | None
) -> Upserted[CatalogueEntry]:
    """Create or replace the entry of the category. Raises `UnknownCategory`."""
    await taxonomies.validate_category(session, category)
    created = await repository.insert_entry(session, {"category": category, **values})
    if created is not None:
        return Upserted(created, created=True)
    entry = await repository.lock_entry(session, category)
    require_if_match(if_match, entry.revision)
    changed = {name: value for name, value in values.items() if getattr(entry, name) != value}
    for name, value in changed.items():
        setattr(entry, name, value)
    entry.revision += bool(changed)
    return Upserted(entry, created=False)


async def list_entries(session: AsyncSession, *, after: str, limit: int) -> Sequence[CatalogueEntry]:
    """Return the entries by category."""
    return await repository.list_entries(session, after=after, limit=limit)
