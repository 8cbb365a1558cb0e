"""A backup of the survey database within it, and what a restore of it recovers from the events since."""

from pydantic import SecretStr
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.decoding import ReceivedEvent, decode
from heed_common.recovery import Finding, Published, RecoveryOutcome
from heed_survey import recovery
from tests.conftest import NOON

TABLES = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'")
EVENTS_SINCE = text(
    "SELECT payload FROM outbox WHERE id NOT IN (SELECT id FROM backup.outbox) ORDER BY aggversion, seq"
)


async def back_up(database: Database) -> None:
    """Copy all tables."""
    async with database.transaction() as session:
        await session.execute(text("CREATE SCHEMA backup"))
        for table in await session.scalars(TABLES):
            await session.execute(text(f'CREATE TABLE backup."{table}" AS TABLE public."{table}"'))


async def restore(database: Database, *, secret: SecretStr | None = None) -> list[Finding]:
    """Replace all tables by the copies and recover; a second recovery finds nothing more to do."""
    async with database.transaction() as session:
        payloads = (await session.scalars(EVENTS_SINCE)).all()
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        for table in (await session.scalars(TABLES)).all():
            await session.execute(text(f'DELETE FROM public."{table}"'))  # noqa: S608 - a table name
            copied = f'INSERT INTO public."{table}" OVERRIDING SYSTEM VALUE SELECT * FROM backup."{table}"'  # noqa: S608
            await session.execute(text(copied))
    published = Published([_decode(payload) for payload in payloads], epoch=0, currency="USD", service_token=secret)
    async with database.transaction() as session:
        findings = await recovery.recover(session, published, NOON)
        again = await recovery.recover(session, published, NOON)
        assert {finding.outcome for finding in again} <= {RecoveryOutcome.LOST}
    return findings


def _decode(payload: bytes) -> ReceivedEvent[Event]:
    return decode(Record("heed.survey", 0, 0, None, bytes(payload)))


def found(findings: list[Finding], kind: str) -> list[tuple[str, str]]:
    """Return outcome and detail of the findings of one kind."""
    return [(finding.outcome.value, finding.what) for finding in findings if finding.kind == kind]
