"""Databases: reached, of a version that is tested, in the shape of this release, taking writes."""

from sqlalchemy import text

from heed.doctor.findings import Finding, ok, problem
from heed.doctor.subject import Subject
from heed_common import migrations, write_probe
from heed_common.database import Database

OLDEST, NEWEST = 15, 18
ABOUT = text("SELECT current_setting('server_version_num')::int / 10000 AS version, pg_encoding_to_char(encoding) "
             "AS encoding FROM pg_database WHERE datname = current_database()")  # fmt: skip


async def check_databases(subject: Subject) -> tuple[list[Finding], dict[str, Database]]:
    """Look at each database, and return those that the other checks can ask."""
    findings: list[Finding] = []
    usable: dict[str, Database] = {}
    for service, database in subject.databases.items():
        try:
            found, is_usable = await _examine(subject, service, database)
        except Exception as error:  # noqa: BLE001 whatever stands in the way is what is wrong
            found, is_usable = [_away(subject, service, error)], False
        findings += found
        if is_usable:
            usable[service] = database
    return findings, usable


def _away(subject: Subject, service: str, error: Exception) -> Finding:
    variable = f"HEED_{service.upper()}_DATABASE_URL"
    place = f"server.log in {subject.directory}/data" if subject.directory else f"the server that {variable} names"
    detail = f"It does not answer: {type(error).__name__}."
    return problem(f"database.{service}", detail, f"Look at {place}: does it run, may we in, are there connections?")


async def _examine(subject: Subject, service: str, database: Database) -> tuple[list[Finding], bool]:
    async with database.autocommit() as connection:
        about = (await connection.execute(ABOUT)).one()
    check = f"database.{service}"
    findings = []
    if not OLDEST <= about.version <= NEWEST:
        detail = f"PostgreSQL {about.version}; Heed is tested on {OLDEST} to {NEWEST}."
        findings.append(problem(check, detail, f"Move the database to PostgreSQL {NEWEST}."))
    if about.encoding != "UTF8":
        remedy = "Make it again with ENCODING 'UTF8' and restore a dump into it."
        findings.append(problem(check, f"Its encoding is {about.encoding}: not every name can be kept.", remedy))
    shape = await _shape(service, database)
    if shape is None and (reason := await write_probe.find_trouble(database)):
        remedy = "Free or add space; reads go on, and writes begin by themselves."
        if reason == write_probe.REASONS[write_probe.READ_ONLY]:
            remedy = "Point the address at the primary, or end default_transaction_read_only."
        findings.append(problem(check, f"It takes no writes: {reason}.", remedy))
    findings += [shape] if shape else []
    return findings or [
        ok(check, f"PostgreSQL {about.version}, UTF8, at the newest migration, takes writes.")
    ], not shape


async def _shape(service: str, database: Database) -> Finding | None:
    """Return what is wrong with the shape of the tables; None where they are of this release."""
    package = f"heed_{service}"
    have, want = await migrations.current(database.engine), migrations.head(package)
    if have == want:
        return None
    detail = f"Its tables are at {have or 'nothing'}, this release needs {want}."
    if have is not None and want is not None and have > want:
        return problem(f"database.{service}", detail, "It was written by a newer release: install that one.")
    return problem(f"database.{service}", detail, f"`heed migrate`, or `python -m {package} migrate` in production.")
