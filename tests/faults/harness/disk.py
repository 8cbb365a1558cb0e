"""A small file system that can be filled, so that a full disk harms only the product under test."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

SIZE = "768m"
CHUNK = bytes(1024 * 1024)
SMALLEST_WRITE = 4096


class SmallDisk:
    """A tmpfs that holds the data of one product. Mounting one needs root."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._balloon = directory / "balloon"

    def mount(self) -> None:
        self._directory.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "heed-faults", str(self._directory)], check=True
        )

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self._directory)], check=True)

    def fill(self) -> None:
        """Leave no room for a page."""
        with self._balloon.open("wb", buffering=0) as balloon:
            size = len(CHUNK)
            while size >= SMALLEST_WRITE:
                try:
                    balloon.write(CHUNK[:size])
                except OSError:
                    size //= 2

    def free(self) -> None:
        with suppress(FileNotFoundError):
            self._balloon.unlink()


def can_mount() -> bool:
    """Return whether this account may make small file systems."""
    return os.geteuid() == 0
