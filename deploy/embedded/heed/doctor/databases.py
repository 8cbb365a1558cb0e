"""Databases: available, of a tested version, migrated to this release, writable."""

from sqlalchemy import text

from heed.doctor.findings import Finding, ok, problem
from heed.doctor.subject import Subject
from heed_common import migrations, write_probe
from heed_common.database import Database

OLDEST, NEWEST = 15, 18
ABOUT = text("SELECT current_setting('server_version_num')::int / 10000 AS version, pg_encoding_to_char(encoding) "
             "AS encoding FROM pg_database WHERE datname = current_database()")  # fmt: skip


async def check_databases(subject: Subject) -> tuple[list[Finding], dict[str, Database]]:
    """Check each database, and return those that the other checks can use."""
    findings: list[Finding] = []
    usable: dict[str, Database] = {}
    for service, database in subject.databases.items():
        try:
            found, is_usable = await _examine(subject, service, database)
        except Exception as error:  # noqa: BLE001 any error is a finding
            found, is_usable = [_away(subject, service, error)], False
        findings += found
        if is_usable:
            usable[service] = database
    return findings, usable


def _away(subject: Subject, service: str, error: Exception) -> Finding:
    variable = f"HEED_{service.upper()}_DATABASE_URL"
    location = f"server.log in {subject.directory}/data" if subject.directory else f"the server that {variable} names"
    detail = f"It is unavailable: {type(error).__name__}."
    fix = f"Check {location}: is it running, is access allowed, is it overloaded?"
    return problem(f"database.{service}", detail, fix)


async def _examine(subject: Subject, service: str, database: Database) -> tuple[list[Finding], bool]:
    async with database.autocommit() as connection:
        about = (await connection.execute(ABOUT)).one()
    check = f"database.{service}"
    findings = []
    if not OLDEST <= about.version <= NEWEST:
        detail = f"PostgreSQL {about.version}; Heed is tested on {OLDEST} to {NEWEST}."
        findings.append(problem(check, detail, f"Move the database to PostgreSQL {NEWEST}."))
    if about.encoding != "UTF8":
        remedy = "Recreate it with ENCODING 'UTF8' and restore a dump into it."
        findings.append(problem(check, f"Its encoding is {about.encoding}: not every name can be stored.", remedy))
    shape = await _shape(service, database)
    if shape is None and (reason := await write_probe.find_write_error(database)):
        remedy = "Free or add space; reads continue, and writes resume automatically."
        if reason == write_probe.REASONS[write_probe.READ_ONLY]:
            remedy = "Point the address at the primary, or reset default_transaction_read_only."
        findings.append(problem(check, f"It accepts no writes: {reason}.", remedy))
    findings += [shape] if shape else []
    return findings or [
        ok(check, f"PostgreSQL {about.version}, UTF8, at the latest migration, accepts writes.")
    ], not shape


async def _shape(service: str, database: Database) -> Finding | None:
    """Return the finding about outdated or newer migrations; None if they match this release."""
    package = f"heed_{service}"
    have, want = await migrations.current(database.engine), migrations.head(package)
    if have == want:
        return None
    detail = f"Its migration is {have or 'none'}, this release needs {want}."
    if have is not None and want is not None and have > want:
        return problem(f"database.{service}", detail, "It was migrated by a newer release: install that release.")
    return problem(f"database.{service}", detail, f"`heed migrate`, or `python -m {package} migrate` in production.")
