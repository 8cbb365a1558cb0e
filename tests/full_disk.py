"""A small file system of its own, which a test may fill to the last byte."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CHUNK = bytes(1 << 16)


class SmallDisk:
    """A file system in memory, and the file that fills it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._filler = directory / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(CHUNK)
            except OSError:
                assert os.statvfs(self.directory).f_bavail == 0

    def empty(self) -> None:
        self._filler.unlink()


@contextmanager
def small_disk(*, megabytes: int) -> Iterator[SmallDisk]:
    """Needs the right to mount; without it that is a failure where `HEED_REQUIRE_KAFKA` is set, else a skip."""
    directory = Path(tempfile.mkdtemp(prefix="heed-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "heed-test", str(directory)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        directory.rmdir()
        refuse = pytest.fail if os.environ.get("HEED_REQUIRE_KAFKA") else pytest.skip
        refuse(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield SmallDisk(directory)
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)
        directory.rmdir()
