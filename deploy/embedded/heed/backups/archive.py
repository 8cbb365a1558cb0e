"""The folder of a backup: files, and a manifest that is written last and names them with their hashes."""

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

from heed.refusal import Refusal
from heed_common.broker import Partition

MANIFEST = "heed.json"
FORMAT = 1
ALL = "all"
"""What a backup is of, where it is not of one service."""


class BackupRefused(Refusal):
    """Nothing was written, or what was written does not look like a backup."""


class NotABackup(Refusal):
    """What is to be restored from is no whole backup of Heed's."""


@contextmanager
def begun(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside the target; at the end it gets the target's name, whole or not at all."""
    if target.exists():
        raise BackupRefused(f"{target} exists already; a backup never replaces another one.")
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
    """Close a backup: from here on it can be restored."""
    hashes = {str(path.relative_to(folder)): _sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    content = {"format": FORMAT, "of": of, "heed": version("heed"), "files": hashes, **more}
    write_synced(folder / MANIFEST, json.dumps(content, indent=2, sort_keys=True).encode() + b"\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest once all files that it names have the hashes that it names. Raises `NotABackup`."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        written, files = manifest["format"], dict(manifest["files"])
    except (OSError, ValueError, LookupError, TypeError):
        raise NotABackup(f"{folder} is no backup of Heed's: it has no readable {MANIFEST}.") from None
    if written != FORMAT:
        raise NotABackup(f"{folder} has the format {written}; this version reads {FORMAT}.")
    for name, expected in files.items():
        if not (folder / name).is_file() or _sha256(folder / name) != expected:
            raise NotABackup(f"{folder / name} is missing or damaged.")
    return manifest


def packed(offsets: Mapping[Partition, int]) -> list[list[object]]:
    """Positions in topics as JSON has them."""
    return [[topic, partition, offset] for (topic, partition), offset in sorted(offsets.items())]


def unpacked(offsets: Sequence[Sequence[Any]]) -> dict[Partition, int]:
    """The same read back."""
    return {(str(topic), int(partition)): int(offset) for topic, partition, offset in offsets}


def write_synced(path: Path, content: bytes) -> None:
    """Write a file for its owner alone; it is on the disk when this returns."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make the renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
