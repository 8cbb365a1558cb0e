"""Backup and restore of the whole embedded product.

Its databases, the event log and its offsets are in one PostgreSQL, so that one base backup with the WAL written
meanwhile is a consistent snapshot of all of them.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from heed.backups import archive, programs
from heed.backups.archive import BackupRefused, NotABackup
from heed.backups.contact_report import find_undecryptable
from heed.gateway import SERVICES
from heed.postgres_location import PostgresLocation, resolve_location
from heed.postgres_server import RESTORE_MARK, Cluster
from heed.services import all_services
from heed.settings import Settings
from heed_common.broker.bus import EMBEDDED
from heed_common.settings import read_database_url

FILES, TOKEN = "postgres", "admin.token"
BASE_BACKUP_OPTIONS = ("--wal-method=stream", "--checkpoint=fast", "--no-password")
EPOCHS = "epochs.json"
"""In the data folder and in no backup: epochs that earlier restores have used, which must not be used again."""
ASIDE = "data.before-"
RAISE_EPOCH = "UPDATE outbox_epoch SET epoch = greatest(epoch, {floor}) + 1 RETURNING epoch"


def back_up(settings: Settings, target: Path, *, now: datetime) -> None:
    """Write a backup of everything, whether the product is running or not."""
    _check_all_embedded(settings)
    with archive.begun(target) as folder, _running(settings) as cluster:
        versions = {name: _migration(cluster, name) for name in SERVICES}
        programs.run("pg_basebackup", *BASE_BACKUP_OPTIONS, "-d", cluster.url("postgres"), "-D", folder / FILES)
        if settings.token_file.exists():
            archive.write_synced(folder / TOKEN, settings.token_file.read_bytes())
        archive.write_manifest(folder, of=archive.ALL, created_at=now.isoformat(), migrations=versions)
    print(f"Backed up to {target}. It contains all data and the owner's key: protect it like a secret.")
    print(f"It does not contain {settings.contact_keys_file}: store a copy elsewhere, or its contacts are lost.")


def restore(settings: Settings, source: Path, *, now: datetime) -> None:
    """Replace the data by a backup and keep the old data beside it. Can be repeated after a crash."""
    _check_all_embedded(settings)
    cluster = Cluster(settings.data_dir / "postgres")
    # Step 1: nothing is changed while the product is running, or before the backup is verified.
    _verify(source)
    with cluster.locked() as location:
        (location.directory / RESTORE_MARK).touch()
        # Step 2: prepare a copy beside the current data.
        ready = _unpack(source, location)
        epochs, undecryptable = _raise_epochs(settings, ready)
        # Step 3: swap. Between its two renames the mark prevents a start from creating an empty cluster.
        _swap(location, ready.directory / "data", now=now)
        # The key in the file is restored with the databases, even if it was rotated since.
        if (source / TOKEN).exists():
            archive.write_synced(settings.token_file, (source / TOKEN).read_bytes())
        (location.directory / RESTORE_MARK).unlink()
        shutil.rmtree(ready.directory, ignore_errors=True)
    _report(source, epochs, sorted(location.directory.glob(f"{ASIDE}*")))
    for line in undecryptable:
        print(line)


def _check_all_embedded(settings: Settings) -> None:
    """Refuse a database or a log outside the embedded PostgreSQL, which would silently be missing."""
    elsewhere = [name for name in (*SERVICES, "log") if read_database_url(name)]
    if settings.bus != EMBEDDED or elsewhere:
        named = [f"HEED_{name.upper()}_DATABASE_URL" for name in elsewhere] or ["HEED_BUS"]
        raise BackupRefused(f"{', '.join(named)} is set, so not all is embedded: back up each service with --service.")


@contextmanager
def _running(settings: Settings) -> Iterator[Cluster]:
    """Yield the server of the running product, or a temporary one, without migrations."""
    cluster = Cluster(settings.data_dir / "postgres")
    if not (resolve_location(settings.data_dir / "postgres").directory / "data").exists():
        raise BackupRefused(f"There is no data in {settings.data_dir}.")
    if cluster.attach():
        yield cluster
        return
    with cluster:
        yield cluster


def _migration(cluster: Cluster, service: str) -> str:
    return cluster.query("SELECT version_num FROM alembic_version", database=service)


def _verify(source: Path) -> None:
    manifest = archive.read_manifest(source)
    if manifest["of"] != archive.ALL:
        raise NotABackup(f"{source} is a backup of the {manifest['of']} service alone.")


def _unpack(source: Path, location: PostgresLocation) -> PostgresLocation:
    """Copy the files into a cluster folder that the server's account can access."""
    shutil.rmtree(location.directory / "restoring", ignore_errors=True)
    ready = resolve_location(location.directory / "restoring", fallback=location.directory.parent)
    shutil.rmtree(ready.directory / "data", ignore_errors=True)
    shutil.copytree(source / FILES, ready.directory / "data", symlinks=True)
    for path in (ready.directory / "data", *(ready.directory / "data").rglob("*")):
        if ready.account.user is not None and ready.account.group is not None:
            os.chown(path, ready.account.user, ready.account.group, follow_symlinks=False)
    (ready.directory / "data").chmod(0o700)
    os.sync()
    return ready


def _raise_epochs(settings: Settings, ready: PostgresLocation) -> tuple[dict[str, int], list[str]]:
    """Raise the epochs, so that all events from now on are newer than any event published before.

    Return them, with a report about values that no key decrypts.

    The epochs are recorded before the swap: an unused epoch does no harm, a reused one would.
    """
    epochs_file = settings.data_dir / EPOCHS
    floors: dict[str, int] = json.loads(epochs_file.read_text()) if epochs_file.exists() else {}
    with Cluster(ready.directory, fallback=ready.directory.parent) as cluster:
        raised = {
            name: int(cluster.query(RAISE_EPOCH.format(floor=int(floors.get(name, 0))), database=name))
            for name in SERVICES
        }
        undecryptable = [
            line
            for service in all_services()
            for line in asyncio.run(find_undecryptable(settings, service, cluster.url(service.name)))
        ]
    archive.write_synced(epochs_file, json.dumps(raised).encode())
    return raised, undecryptable


def _swap(location: PostgresLocation, ready: Path, *, now: datetime) -> None:
    data, aside = location.directory / "data", location.directory / f"{ASIDE}{now:%Y%m%dT%H%M%S.%f}"
    if data.exists():
        data.rename(aside)
    ready.rename(data)
    archive.sync(location.directory)


def _report(source: Path, epochs: Mapping[str, int], aside: Sequence[Path]) -> None:
    print(f"Restored from {source}. Epochs: {', '.join(f'{name} {epoch}' for name, epoch in epochs.items())}.")
    print("API keys are those of the backup: revoke again the keys revoked after it (`heed token revoke`).")
    print("Request again all erasures requested after the backup: the log was restored as well.")
    for path in aside:
        print(f"The previous data are in {path}: remove them when they are no longer needed.")
