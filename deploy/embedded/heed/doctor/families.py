"""Families of merged customers in scoring: an earlier version could tear them apart, and nothing else heals that."""

from heed.doctor.findings import Finding, ok, problem
from heed.doctor.subject import Subject
from heed_common.clock import SystemClock
from heed_scoring.merges import repair

CHECK = "families"


async def check_families(subject: Subject) -> list[Finding]:
    """Look for customers whose rows contradict what was merged."""
    database = subject.databases.get("scoring")
    if database is None:
        return []
    async with database.transaction() as session:
        torn = await repair.find_torn(session)
    if not torn:
        return [ok(CHECK, "Every merged customer is with the one that they were merged into.")]
    detail = f"Customers of scoring that contradict what was merged, so that scores are stale: {len(torn)}."
    return [problem(CHECK, detail, "`heed doctor --repair` puts them right and scores them, beside the workers.")]


async def repair_families(subject: Subject) -> list[Finding]:
    """Put the torn customers right and score them, beside the workers."""
    database = subject.databases.get("scoring")
    repaired = await repair.repair_all(database, clock=SystemClock()) if database else []
    return [ok(CHECK, f"Repaired and scored: {len(repaired)}.")] if repaired else []
