"""`heed doctor`: runs every check in turn; a failing check does not hide the others."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from heed.doctor.clocks import check_clocks
from heed.doctor.consumers import check_consumers
from heed.doctor.contacts import check_contacts
from heed.doctor.databases import check_databases
from heed.doctor.disk import check_disk
from heed.doctor.environment import check_settings
from heed.doctor.families import check_families, repair_families
from heed.doctor.findings import Finding, as_json, as_text, is_sound, problem
from heed.doctor.keys import check_keys
from heed.doctor.processes import check_product
from heed.doctor.queues import check_dead_letters, check_failed_work, check_outboxes
from heed.doctor.subject import Subject, has_data, is_elsewhere, open_subject
from heed.doctor.survey_frame import check_survey_frame
from heed.doctor.time_zone import check_time_zone
from heed.doctor.topics import check_topics
from heed.doctor.webhooks import check_webhooks
from heed.postgres_location import ClusterError
from heed.settings import Settings

Check = Callable[[Subject], Awaitable[list[Finding]]]
LIMIT_SECONDS = 30.0
CHECKS: dict[str, Check] = {
    "product": check_product,
    "keys": check_keys,
    "contacts": check_contacts,
    "topics": check_topics,
    "consumers": check_consumers,
    "outbox": check_outboxes,
    "dead letters": check_dead_letters,
    "failed work": check_failed_work,
    "webhooks": check_webhooks,
    "families": check_families,
    "survey frame": check_survey_frame,
    "time zone": check_time_zone,
    "clock": check_clocks,
    "disk": check_disk,
}
"""In display order; they use only databases that are available and migrated to this release."""
REPAIRS: dict[str, Check] = {"repair.families": repair_families}
"""Repairs that `--repair` runs before the checks; each is safe while the product is running."""


def examine(settings: Settings, *, json: bool, repair: bool = False) -> int:
    """Print the findings, after the repairs if requested. Return 0 without a problem, else 1."""
    findings = asyncio.run(find(settings, repair=repair))
    print(as_json(findings) if json else as_text(findings))
    return 0 if is_sound(findings) else 1


async def find(settings: Settings, *, repair: bool = False) -> list[Finding]:
    """Return the findings of all checks."""
    findings = check_settings()
    if not is_elsewhere(settings) and not has_data(settings):
        return [*findings, problem("database", f"There is no data in {settings.data_dir}.", "`heed up` creates it.")]
    try:
        async with open_subject(settings) as subject:
            return findings + await find_in(subject, repair=repair)
    except ClusterError as error:
        return [*findings, problem("database", str(error), "Fix the reported error and start again: `heed up`.")]


async def find_in(subject: Subject, *, repair: bool = False) -> list[Finding]:
    """Return the findings about the databases and the broker."""
    findings, usable = await check_databases(subject)
    sound = replace(subject, databases=usable)
    for name, mend in REPAIRS.items() if repair else ():
        findings += await _run(name, mend, sound, seconds=None)
    for name, check in CHECKS.items():
        findings += await _run(name, check, sound, seconds=LIMIT_SECONDS)
    return findings


async def _run(name: str, check: Check, subject: Subject, *, seconds: float | None) -> list[Finding]:
    try:
        async with asyncio.timeout(seconds):
            return await check(subject)
    except Exception as error:  # noqa: BLE001 a check that fails is a finding
        detail = f"The check failed: {type(error).__name__}: {error}".splitlines()[0]
        return [problem(name, detail, "Fix the problems above first, and run it again.")]
