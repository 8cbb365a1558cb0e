"""What the operators say of the handling of each category."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.revisions import require_if_match
from heed_complaint.reference.service_catalogue import repository
from heed_complaint.reference.service_catalogue.errors import NotInCatalogue
from heed_complaint.reference.service_catalogue.tables import CatalogueEntry
from heed_complaint.reference.taxonomies import service as taxonomies


async def get(session: AsyncSession, *, category: str) -> CatalogueEntry:
    """What is said of the category, or else of its first level."""
    found = await repository.entry(session, category) or await repository.entry(session, category.partition(".")[0])
    if found is None:
        raise NotInCatalogue
    return found


async def put(
    session: AsyncSession, *, category: str, written: Mapping[str, int], if_match: int | None
) -> tuple[CatalogueEntry, bool]:
    """Something new is said of it. True where nothing was before."""
    await taxonomies.check_category(session, category)
    fresh = await repository.insert_entry(session, {"category": category, **written})
    if fresh is not None:
        return fresh, True
    known = await repository.lock_entry(session, category)
    require_if_match(if_match, known.revision)
    changed = {name: value for name, value in written.items() if getattr(known, name) != value}
    for name, value in changed.items():
        setattr(known, name, value)
    known.revision += bool(changed)
    return known, False


async def entries(session: AsyncSession, *, after: str, limit: int) -> Sequence[CatalogueEntry]:
    """The whole catalogue, by category."""
    return await repository.entries(session, after=after, limit=limit)
