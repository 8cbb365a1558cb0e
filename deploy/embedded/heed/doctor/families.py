"""Merged customers in scoring: whether their rows match the aliases, and the repair of those that do not."""

from heed.doctor.findings import Finding, ok, problem
from heed.doctor.subject import Subject
from heed_common.clock import SystemClock
from heed_scoring.scores import family_repair

CHECK, SERVICE = "families", "scoring"


async def check_families(subject: Subject) -> list[Finding]:
    """Find customers whose scores omit, or count twice, those they are merged with."""
    if SERVICE not in subject.databases:
        return []
    async with subject.databases[SERVICE].transaction() as session:
        torn = await family_repair.find_inconsistent(session)
    if not torn:
        return [ok(CHECK, "The scores of merged customers match their merges.")]
    first = f"{torn[0].customer_id} ({torn[0].problem})"
    detail = f"Customers whose scores do not match their merges: {len(torn)}, the first {first}."
    return [problem(CHECK, detail, "`heed doctor --repair` re-scores them, also while the product is running.")]


async def repair_families(subject: Subject) -> list[Finding]:
    """Repair the customers; changed scores are published like any other."""
    if SERVICE not in subject.databases:
        return []
    repaired = await family_repair.repair_all(subject.databases[SERVICE], clock=SystemClock())
    return [ok(f"repair.{CHECK}", f"Repaired customers: {len(repaired)}.")] if repaired else []
