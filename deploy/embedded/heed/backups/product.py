"""Backup and restore of the whole embedded product.

Its databases, the log and the positions in it lie in one PostgreSQL, so that one copy of that server's files with the
log of what changed meanwhile is one moment of all of them.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from heed.backups import archive, programs
from heed.backups.archive import BackupRefused, NotABackup
from heed.cluster import RESTORE_MARK, Cluster
from heed.gateway import SERVICES
from heed.place import Place, find_place
from heed.settings import Settings
from heed_common.bus import EMBEDDED

FILES, TOKEN = "postgres", "admin.token"
COPY = ("--wal-method=stream", "--checkpoint=fast", "--no-password")
EPOCHS = "epochs.json"
"""In the data folder and in no backup: epochs that earlier restores have used and no later one may use again."""
ASIDE = "data.before-"
RAISE = "UPDATE outbox_epoch SET epoch = greatest(epoch, {floor}) + 1 RETURNING epoch"


def back_up(settings: Settings, target: Path, *, now: datetime) -> None:
    """Write a backup of everything, beside the running product or without it."""
    _refuse_what_lies_elsewhere(settings)
    with archive.begun(target) as folder, _running(settings) as cluster:
        versions = {name: _migration(cluster, name) for name in SERVICES}
        programs.run("pg_basebackup", *COPY, "-d", cluster.url("postgres"), "-D", folder / FILES)
        if settings.token_file.exists():
            archive.write_synced(folder / TOKEN, settings.token_file.read_bytes())
        archive.write_manifest(folder, of=archive.ALL, created_at=now.isoformat(), migrations=versions)
    print(f"Backed up to {target}. Whoever can read it can read everything, the owner's key too: keep it as a secret.")


def restore(settings: Settings, source: Path, *, now: datetime) -> None:
    """Put a backup in the place of the data, which are set aside. Given again after a crash it ends right."""
    _refuse_what_lies_elsewhere(settings)
    cluster = Cluster(settings.data_dir / "postgres")
    # Step 1: nothing is touched while the product runs, or before the backup has proved to be whole.
    _verify(source)
    with cluster.locked() as place:
        (place.directory / RESTORE_MARK).touch()
        # Step 2: a copy, made ready beside the data in use.
        ready = _unpack(source, place)
        epochs = _raise_epochs(settings, ready)
        # Step 3: the exchange. Between its two renames the mark keeps a start from making an empty cluster.
        _exchange(place, ready.directory / "data", now=now)
        # The key in the file is the one that the restored databases know, also if it was rotated since.
        if (source / TOKEN).exists():
            archive.write_synced(settings.token_file, (source / TOKEN).read_bytes())
        (place.directory / RESTORE_MARK).unlink()
        shutil.rmtree(ready.directory, ignore_errors=True)
    _report(source, epochs, sorted(place.directory.glob(f"{ASIDE}*")))


def _refuse_what_lies_elsewhere(settings: Settings) -> None:
    """A database or a log outside the embedded PostgreSQL would be missing, and nobody would see it."""
    elsewhere = [name for name in (*SERVICES, "log") if os.environ.get(f"HEED_{name.upper()}_DATABASE_URL")]
    if settings.bus != EMBEDDED or elsewhere:
        named = [f"HEED_{name.upper()}_DATABASE_URL" for name in elsewhere] or ["HEED_BUS"]
        raise BackupRefused(f"{', '.join(named)} names what is not embedded: back up each service with --service.")


@contextmanager
def _running(settings: Settings) -> Iterator[Cluster]:
    """The server of the running product, or our own for as long as this lasts; nothing is migrated."""
    cluster = Cluster(settings.data_dir / "postgres")
    if not (find_place(settings.data_dir / "postgres").directory / "data").exists():
        raise BackupRefused(f"There are no data in {settings.data_dir}.")
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


def _unpack(source: Path, place: Place) -> Place:
    """Copy the files to where the server's account reaches them, in a folder that looks like a cluster's."""
    shutil.rmtree(place.directory / "restoring", ignore_errors=True)
    ready = find_place(place.directory / "restoring", fallback=place.directory.parent)
    shutil.rmtree(ready.directory / "data", ignore_errors=True)
    shutil.copytree(source / FILES, ready.directory / "data", symlinks=True)
    for path in (ready.directory / "data", *(ready.directory / "data").rglob("*")):
        if ready.account.user is not None and ready.account.group is not None:
            os.chown(path, ready.account.user, ready.account.group, follow_symlinks=False)
    (ready.directory / "data").chmod(0o700)
    os.sync()
    return ready


def _raise_epochs(settings: Settings, ready: Place) -> dict[str, int]:
    """Whatever the services tell from here on is newer than all that anybody has heard of them.

    The numbers are noted before the exchange: a number that was never used harms nobody, one used twice would.
    """
    noted = settings.data_dir / EPOCHS
    floors: dict[str, int] = json.loads(noted.read_text()) if noted.exists() else {}
    with Cluster(ready.directory, fallback=ready.directory.parent) as cluster:
        raised = {
            name: int(cluster.query(RAISE.format(floor=int(floors.get(name, 0))), database=name)) for name in SERVICES
        }
    archive.write_synced(noted, json.dumps(raised).encode())
    return raised


def _exchange(place: Place, ready: Path, *, now: datetime) -> None:
    data, aside = place.directory / "data", place.directory / f"{ASIDE}{now:%Y%m%dT%H%M%S.%f}"
    if data.exists():
        data.rename(aside)
    ready.rename(data)
    archive.sync(place.directory)


def _report(source: Path, epochs: Mapping[str, int], aside: Sequence[Path]) -> None:
    print(f"Restored from {source}. Epochs: {', '.join(f'{name} {epoch}' for name, epoch in epochs.items())}.")
    print("Keys of the API are those of the backup: revoke again what was revoked after it (`heed token revoke`).")
    print("What was asked to be erased after the backup must be asked again: the log went back with the rest.")
    for path in aside:
        print(f"The data of before lie in {path}: remove them when nothing of them is missed.")
