"""Merged customers in scoring: whether their rows follow the aliases, and the repair where they do not."""

from heed.doctor.findings import Finding, ok, problem
from heed.doctor.subject import Subject
from heed_common.clock import SystemClock
from heed_scoring.merges import repair

CHECK, SERVICE = "families", "scoring"


async def check_families(subject: Subject) -> list[Finding]:
    """Look for customers whose scores leave out, or count twice, those they are merged with."""
    if SERVICE not in subject.databases:
        return []
    async with subject.databases[SERVICE].transaction() as session:
        torn = await repair.find_torn(session)
    if not torn:
        return [ok(CHECK, "Scoring has every merged customer in its family.")]
    first = f"{torn[0].customer_id} ({torn[0].problem})"
    detail = f"Customers whose scores do not follow their merges: {len(torn)}, the first {first}."
    return [problem(CHECK, detail, "`heed doctor --repair` scores them again; the product may run meanwhile.")]


async def repair_families(subject: Subject) -> list[Finding]:
    """Repair them; what changes by it is published like any other score."""
    if SERVICE not in subject.databases:
        return []
    repaired = await repair.repair_all(subject.databases[SERVICE], clock=SystemClock())
    return [ok(f"repair.{CHECK}", f"Customers put back into their families: {len(repaired)}.")] if repaired else []
