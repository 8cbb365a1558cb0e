"""The folder of a backup: files, and a manifest with their hashes, which is written last."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from heed.errors import CommandError
from heed_common.broker.protocols import Partition

MANIFEST = "heed.json"
FORMAT = 1
ALL = "all"
"""Content of a backup of the whole product."""


class BackupRefused(CommandError):
    """The backup or restore was refused; no incomplete backup is left."""


class NotABackup(CommandError):
    """The source of a restore is no complete backup of Heed."""


@contextmanager
def begun(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside the target and rename it to the target at the end, so that it appears atomically."""
    if target.exists():
        raise BackupRefused(f"{target} exists already; a backup never overwrites another one.")
    try:
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{target.name}.unfinished-", dir=target.absolute().parent))
    except OSError as error:
        raise BackupRefused(f"{target} cannot be written: {error.strerror}.") from None
    try:
        yield unfinished
        unfinished.rename(target)
        sync(target.absolute().parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def write_manifest(folder: Path, *, of: str, **more: object) -> None:
    """Write the manifest, which completes a backup: from then on it can be restored."""
    hashes = {str(path.relative_to(folder)): _sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    content = {"format": FORMAT, "of": of, "heed": version("heed"), "files": hashes, **more}
    write_synced(folder / MANIFEST, json.dumps(content, indent=2, sort_keys=True).encode() + b"\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest after checking the hashes of all its files. Raises `NotABackup`."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        written, files = manifest["format"], dict(manifest["files"])
    except (OSError, ValueError, LookupError, TypeError):
        raise NotABackup(f"{folder} is no backup of Heed: it has no readable {MANIFEST}.") from None
    if written != FORMAT:
        raise NotABackup(f"{folder} has the format {written}; this version reads {FORMAT}.")
    for name, expected in files.items():
        if not (folder / name).is_file() or _sha256(folder / name) != expected:
            raise NotABackup(f"{folder / name} is missing or damaged.")
    return manifest


def packed(offsets: Mapping[Partition, int]) -> list[list[object]]:
    """Return offsets in their JSON form."""
    return [[topic, partition, offset] for (topic, partition), offset in sorted(offsets.items())]


def unpacked(offsets: Sequence[Sequence[Any]]) -> dict[Partition, int]:
    """Parse offsets from their JSON form."""
    return {(str(topic), int(partition)): int(offset) for topic, partition, offset in offsets}


def write_synced(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read; it is synced to the disk on return."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Sync a folder, so that renames in it survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
