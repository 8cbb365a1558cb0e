"""Queues in the databases: outbox, dead letters and failed work."""

from datetime import timedelta

from sqlalchemy import text

from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed_common import breaker
from heed_common.failed_work import repository as failed_work

OUTBOX = text("SELECT count(*) AS waiting, min(staged_at) AS oldest FROM outbox")
DEAD = text("""
    SELECT consumer_group, topic, count(*) AS letters FROM dead_letter WHERE dropped_at IS NULL
    GROUP BY 1, 2 ORDER BY 1, 2
""")
LATE = timedelta(seconds=60)
"""The relay usually needs milliseconds."""


async def check_outboxes(subject: Subject) -> list[Finding]:
    """Check the events that are not published yet."""
    findings = []
    for service, database in subject.databases.items():
        async with database.autocommit() as connection:
            row = (await connection.execute(OUTBOX)).one()
        check = f"outbox.{service}"
        if not row.waiting:
            findings.append(ok(check, "All events are published."))
            continue
        age = max(subject.now - row.oldest, timedelta())
        detail = f"Unpublished events: {row.waiting}, the oldest for {age.total_seconds():.0f} s."
        if not subject.is_running:
            findings.append(warning(check, detail, "`heed up` publishes them."))
        elif age < LATE:
            findings.append(ok(check, detail))
        else:
            remedy = f"Check the log of the {service} worker: is it running, can it connect to the broker?"
            findings.append(problem(check, detail, remedy))
    return findings


async def check_dead_letters(subject: Subject) -> list[Finding]:
    """Check the events that could not be processed, and the consumers that are stopped by too many of them."""
    findings = []
    for service, database in subject.databases.items():
        async with database.transaction() as session:
            rows = (await session.execute(DEAD)).all()
            stops = await breaker.stops(session)
        check = f"dead letters.{service}"
        found = [
            problem(
                check,
                f"Events of {row.topic} that {row.consumer_group} could not process: {row.letters}.",
                f"See `heed dlq list --service {service}`; their data is missing until they are retried.",
            )
            for row in rows
        ]
        found += [
            problem(
                check,
                f"{stop.consumer_group} is stopped because of them: {stop.reason}.",
                f"Fix the cause, then run `heed dlq resume --service {service}`.",
            )
            for stop in stops
        ]
        findings += found or [ok(check, "None.")]
    return findings


async def check_failed_work(subject: Subject) -> list[Finding]:
    """Check the rows that a job could not process."""
    findings = []
    for service, database in subject.databases.items():
        async with database.autocommit() as connection:
            counts = await failed_work.count_by_job(connection)
        check = f"failed work.{service}"
        findings += [
            warning(
                check,
                f"Rows that the job {job} could not process: {count}. They are retried.",
                f"`heed failed-work list --service {service}` lists them and their errors.",
            )
            for job, count in counts.items()
        ] or [ok(check, "None.")]
    return findings
