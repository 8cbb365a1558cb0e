"""Clocks of this machine and the databases, and whether one was set back."""

from datetime import timedelta

from sqlalchemy import text

from heed.doctor.findings import Finding, ok, problem
from heed.doctor.subject import Subject
from heed_common.clock import SystemClock

TOLERANCE = timedelta(seconds=2)
NOW = text("SELECT clock_timestamp()")
LATEST = text("""
    SELECT greatest(
        (SELECT max(staged_at) FROM outbox),
        (SELECT max(created_at) FROM idempotency),
        (SELECT max(created_at) FROM api_key)
    )
""")


async def check_clocks(subject: Subject) -> list[Finding]:
    """Compare this clock with each database's clock, and with the latest timestamps written there."""
    findings = []
    for service, database in subject.databases.items():
        async with database.autocommit() as connection:
            before = SystemClock().now()
            theirs = (await connection.execute(NOW)).scalar_one()
            after = SystemClock().now()
            latest = (await connection.execute(LATEST)).scalar_one()
        off = max(before - theirs, theirs - after)
        check = f"clock.{service}"
        if off > TOLERANCE:
            detail = f"This machine and the database differ by {off.total_seconds():.0f} s."
            findings.append(problem(check, detail, "Synchronise both with a time server (NTP)."))
        elif latest is not None and latest > after + TOLERANCE:
            detail = f"Rows were written {(latest - after).total_seconds():.0f} s in the future: a clock was set back."
            remedy = "Correct the clock, or wait until that time has passed; deadlines are late until then."
            findings.append(problem(check, detail, remedy))
        else:
            findings.append(ok(check, "It agrees with the clock of this machine."))
    return findings
