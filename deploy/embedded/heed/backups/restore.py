"""Restore of one service while the other services are newer.

Everything is prepared in a database beside the current one; the swap of the two is the last step, in one transaction.
A restore that is killed before it has changed nothing in use, except offsets, whose events are deduplicated.
"""

import asyncio
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from heed import contact_keys, message_settings
from heed.backups import archive, location, programs
from heed.backups.archive import BackupRefused
from heed.backups.contact_report import find_undecryptable
from heed.backups.databases import DatabaseSwap
from heed.backups.dump import DUMP
from heed.backups.location import ServiceLocation
from heed.services import Service, migrate
from heed.settings import Settings
from heed_common import recovery
from heed_common.broker.protocols import GroupInUse, Partition, Record
from heed_common.contracts.event import Event
from heed_common.database import Database
from heed_common.decoding import ReceivedEvent, Undecodable, decode
from heed_common.encryption import FieldCipher
from heed_common.messages.settings import MessageSettings
from heed_common.recovery import Finding, Published
from heed_common.settings import ServiceSettings, SettingsError
from heed_common.tables import API_KEY, ERASED, OUTBOX, OUTBOX_EPOCH

CUSTOMERS = "heed.customer"
"""The topic of erasures."""


@dataclass(frozen=True, slots=True)
class PreviousState:
    """State of the replaced database that is newer than any backup, as far as it can be read."""

    readable: bool = False
    epoch: int = 0
    keys: Sequence[dict[str, Any]] = ()
    erased: frozenset[UUID] = frozenset()
    waiting: Sequence[dict[str, Any]] = ()
    """Unpublished events of its outbox."""


@dataclass(slots=True)
class Report:
    """Result of a restore for the operator."""

    epoch: int = 0
    erased: int = 0
    keys_carried_over: bool = False
    unreadable: int = 0
    findings: list[Finding] = field(default_factory=list)


def restore(settings: Settings, source: Path, *, now: datetime) -> None:
    """Replace the database of one service by its backup. Can be repeated after a crash."""
    try:
        asyncio.run(_restore(settings, source, now=now))
    except GroupInUse as error:
        raise BackupRefused(f"{error} Stop the service, then try again.") from None


async def _restore(settings: Settings, source: Path, *, now: datetime) -> None:
    # Step 1: nothing is changed before the backup is verified and the service is known to be stopped.
    manifest = archive.read_manifest(source)
    async with location.open_location(settings, manifest["of"], alone=True) as where:
        swap = await DatabaseSwap.open(where.url)
        try:
            await swap.check_unused()
            # Step 2: restore the backup to a database beside the current one and migrate it.
            await swap.prepare()
            with tempfile.TemporaryDirectory(prefix="heed-restore-") as folder:
                await asyncio.to_thread(programs.restore_dump, swap.ready_url, source / DUMP, folder=Path(folder))
            await _migrate(settings, where.service, swap.ready_url)
            # Step 3: recover, take back or report what was published since; raise the epoch.
            previous = await _load_previous_state(where) if await swap.exists() else PreviousState()
            own = _load_settings(settings, where.service, swap.ready_url)
            report = await _recover(where, own, manifest, previous, now=now)
            # Step 4: set the offsets back, to consume later events again. The current database deduplicates them.
            await _reset_offsets(where, manifest)
            _print(report, manifest)
            for line in await find_undecryptable(settings, where.service, swap.ready_url):
                print(line, flush=True)
            # Step 5: swap.
            await swap.check_unused()
            aside = await swap.swap(now=now)
        finally:
            await swap.close()
    print(f"Restored. Start the service: it consumes again what it had lost. The previous database is {aside}.")


async def _migrate(settings: Settings, service: Service, url: str) -> None:
    """Migrate the restored database, which an earlier version may have stored."""
    await migrate(service, _load_settings(settings, service, url))


def _load_settings(settings: Settings, service: Service, url: str) -> ServiceSettings:
    """Load the settings of the service with the keys and the token that the embedded product has in files."""
    overrides = dict(contact_keys.overrides(settings))
    if settings.service_token_file.exists():
        overrides |= message_settings.overrides(settings)
    return service.settings.load(**overrides, database_url=url)


def _cipher(service: Service, own: ServiceSettings) -> FieldCipher | None:
    """Return the cipher of the service's encrypted values; None if it has none, or its keys are missing."""
    if service.commands is None or not isinstance(own, MessageSettings):
        return None
    try:
        return own.field_cipher()
    except SettingsError:
        return None


async def _load_previous_state(where: ServiceLocation) -> PreviousState:
    """Read the newer state of the replaced database; an unreadable one is a common reason for a restore."""
    database = Database(where.url, pool_size=2, application_name="heed-restore")
    try:
        with suppress(SQLAlchemyError, OSError):
            async with database.transaction() as session:
                return PreviousState(
                    readable=True,
                    epoch=int((await session.execute(select(OUTBOX_EPOCH.c.epoch))).scalar_one()),
                    # An earlier version has fewer columns, and its keys are carried over, too.
                    keys=[dict(row) for row in (await session.execute(text("SELECT * FROM api_key"))).mappings()],
                    erased=frozenset(await session.scalars(select(ERASED.c.customer_id))),
                    waiting=[
                        dict(row) for row in (await session.execute(select(OUTBOX).order_by(OUTBOX.c.seq))).mappings()
                    ],
                )
        return PreviousState()
    finally:
        await database.close()


async def _recover(
    where: ServiceLocation, own: ServiceSettings, manifest: dict[str, Any], previous: PreviousState, *, now: datetime
) -> Report:
    """Run the recovery in one transaction of the prepared database."""
    records = await _records(where, manifest, previous)
    received, unreadable = _decode_all([record for record in records if record.topic == where.topic])
    report = Report(unreadable=unreadable, keys_carried_over=previous.readable)
    database = Database(own.database_url, pool_size=2, application_name="heed-restore")
    database.cipher = _cipher(where.service, own)
    try:
        async with database.transaction() as session:
            before = int((await session.execute(select(OUTBOX_EPOCH.c.epoch))).scalar_one())
            await _carry_over(session, previous)
            highest = max([previous.epoch, *map(recovery.epoch_of, received)])
            report.epoch = await recovery.raise_epoch(session, above=highest)
            published = Published(received, before, own.currency, own.service_token)
            report.findings = await where.recover(session, published, now)
            erased = recovery.erased_in(records) | previous.erased
            report.erased = await recovery.record_erased(session, erased, now=now)
    finally:
        await database.close()
    return report


async def _carry_over(session: AsyncSession, previous: PreviousState) -> None:
    """Carry over unpublished events, which are published first, and API keys, so that revoked keys stay revoked."""
    known = set(await session.scalars(select(OUTBOX.c.id)))
    waiting = [row for row in previous.waiting if row["id"] not in known]
    if waiting:
        columns = [column.name for column in OUTBOX.c if column.name != "seq"]
        await session.execute(insert(OUTBOX).values([{name: row[name] for name in columns} for row in waiting]))
    if previous.keys:
        await session.execute(delete(API_KEY))
        await session.execute(insert(API_KEY).values(list(previous.keys)))


async def _records(where: ServiceLocation, manifest: dict[str, Any], previous: PreviousState) -> list[Record]:
    """Return the records since the backup of its own topic and the erasure topic, and the unpublished outbox events."""
    own = await where.bus.end_offsets([where.topic])
    customers = await where.bus.end_offsets([CUSTOMERS])
    read = _existing_offsets(archive.unpacked(manifest["positions"]), customers)
    found = await recovery.read_from(where.bus, read | _existing_offsets(archive.unpacked(manifest["ends"]), own))
    return found + [Record(where.topic, -1, row["seq"], None, bytes(row["payload"])) for row in previous.waiting]


def _decode_all(records: Sequence[Record]) -> tuple[list[ReceivedEvent[Event]], int]:
    """Return the deduplicated events ordered by version, and the number of undecodable records."""
    events: dict[UUID, ReceivedEvent[Event]] = {}
    unreadable = 0
    for record in records:
        try:
            received = decode(record)
        except Undecodable:
            unreadable += 1
        else:
            events.setdefault(received.id, received)
    return sorted(events.values(), key=lambda event: event.aggversion), unreadable


async def _reset_offsets(where: ServiceLocation, manifest: dict[str, Any]) -> None:
    if where.group is None:
        return
    ends = await where.bus.end_offsets(where.topics)
    await where.bus.set_committed_offsets(where.group, _existing_offsets(archive.unpacked(manifest["positions"]), ends))


def _existing_offsets(recorded: Mapping[Partition, int], ends: Mapping[Partition, int]) -> dict[Partition, int]:
    """Return the recorded offsets, or the beginning of a partition that is shorter now: it has other records."""
    return {at: recorded.get(at, 0) if recorded.get(at, 0) <= end else 0 for at, end in ends.items()}


def _print(report: Report, manifest: dict[str, Any]) -> None:
    """Print the report before the swap, so that it is seen even if the restore is aborted there."""
    print(f"The {manifest['of']} service as of {manifest['created_at']}, epoch {report.epoch}.")
    for finding in report.findings:
        print(f"  {finding.outcome}  {finding.kind} {finding.id}  {finding.what}".rstrip())
    counts = {
        outcome: sum(finding.outcome == outcome for finding in report.findings) for outcome in recovery.RecoveryOutcome
    }
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + f", {report.erased} erased again.")
    if report.unreadable:
        print(f"{report.unreadable} records of its own topic are no events of Heed.")
    if not report.keys_carried_over:
        print("The previous database could not be read: unpublished events in its outbox are lost.")
        print("API keys are those of the backup: revoke again the keys revoked after it (`heed token revoke`).")
    sys.stdout.flush()
