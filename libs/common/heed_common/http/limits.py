"""Resource limits of a caller: sizes, times and numbers, validated at start-up."""

import resource
from dataclasses import dataclass
from typing import Self

from heed_common.settings import ServiceSettings, SettingsError, variable

KIB = 1024
MIB = 1024 * KIB
DEFAULT_CONNECTIONS = 1000
PROBE_CONNECTIONS = 32
"""Beyond the limit: for `/livez` and `/readyz`, and for responding 503 to all others."""
OTHER_FILES = 256
"""File descriptors that are not client connections: databases, the broker, PostgreSQL's log, plots."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Time limits of a connection before and between requests."""

    connections: int = DEFAULT_CONNECTIONS
    header_bytes: int = 16 * KIB
    header_seconds: float = 10.0
    """Also for a new connection that sends nothing."""
    keep_alive_seconds: float = 75.0
    """Longer than a gateway keeps idle connections, so that the side that opens them also closes them."""
    linger_seconds: float = 2.0
    """How long the rest of an already answered request is read and discarded, so that the response arrives."""
    write_seconds: float = 30.0
    """How long a client may leave a response unread."""

    @classmethod
    def of_settings(cls, settings: ServiceSettings) -> Self:
        """Return the limits of the settings. Raises `SettingsError` if the process may not open enough files."""
        return cls(
            connections=_connections(settings),
            header_seconds=settings.header_seconds,
            keep_alive_seconds=settings.keep_alive_seconds,
            write_seconds=settings.body_seconds,
        )


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Size and speed limits of a body. A body that is slower than both together allow is rejected."""

    pause_seconds: float = 30.0
    bytes_per_second: int = KIB
    memory: int = 128 * MIB
    """Of all bodies that a process buffers at one time; imports are streamed and not buffered."""

    def patience(self, *, received: int, waited: float) -> float:
        """Return the seconds that the next chunk may take: each KiB received adds one second."""
        return min(self.pause_seconds, self.pause_seconds + received / self.bytes_per_second - waited)


def _connections(settings: ServiceSettings) -> int:
    """Return the limit of the settings, or else as many as the file limit allows."""
    requested = settings.max_connections or DEFAULT_CONNECTIONS
    files = _allow_files(requested + PROBE_CONNECTIONS + OTHER_FILES)
    possible = files - PROBE_CONNECTIONS - OTHER_FILES
    if possible >= requested:
        return requested
    name = variable(type(settings), "max_connections")
    if settings.max_connections is not None or possible < PROBE_CONNECTIONS:
        needed = requested + PROBE_CONNECTIONS + OTHER_FILES
        reason = f"{requested} connections need {needed} open files, this process is limited to {files}"
        raise SettingsError(f"{name}: {reason}; raise the limit (ulimit -n) or set fewer connections")
    return possible


def _allow_files(requested: int) -> int:
    """Raise the process's soft limit of open files as far as needed and allowed; return the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= requested:
        return requested if soft == resource.RLIM_INFINITY else soft
    allowed = requested if hard == resource.RLIM_INFINITY else min(requested, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
