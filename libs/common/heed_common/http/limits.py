"""How much one caller may take from everybody else: sizes, times and numbers, checked at the start."""

import resource
from dataclasses import dataclass
from typing import Self

from heed_common.settings import ServiceSettings, SettingsError, variable

KIB = 1024
MIB = 1024 * KIB
DEFAULT_CONNECTIONS = 1000
PROBE_CONNECTIONS = 32
"""Beyond the limit: for `/livez` and `/readyz`, and for telling the others 503."""
OTHER_FILES = 256
"""What the process opens beside connections of callers: databases, the broker, PostgreSQL's log, plots."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a connection may do before and between requests."""

    connections: int = DEFAULT_CONNECTIONS
    header_bytes: int = 16 * KIB
    header_seconds: float = 10.0
    """Also for a new connection that says nothing."""
    keep_alive_seconds: float = 75.0
    """Longer than a gateway keeps its idle connections: the one who opens them closes them."""
    linger_seconds: float = 2.0
    """How long the rest of a request that is answered already is read and dropped, so that the answer arrives."""
    write_seconds: float = 30.0
    """How long somebody may leave an answer unread."""

    @classmethod
    def of_settings(cls, settings: ServiceSettings) -> Self:
        """Raise `SettingsError` where the process may not open enough files."""
        return cls(
            connections=_connections(settings),
            header_seconds=settings.header_seconds,
            keep_alive_seconds=settings.keep_alive_seconds,
            write_seconds=settings.body_seconds,
        )


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How a body must arrive. One that is slower than both together is given up."""

    pause_seconds: float = 30.0
    bytes_per_second: int = KIB
    memory: int = 128 * MIB
    """Of all bodies that a process holds at one time; imports stream and are not held."""

    def patience(self, *, received: int, waited: float) -> float:
        """Return the seconds that the next piece may take: each KiB that has come buys one more."""
        return min(self.pause_seconds, self.pause_seconds + received / self.bytes_per_second - waited)


def _connections(settings: ServiceSettings) -> int:
    """Return the limit that the settings name, or else as many as there are files for."""
    wanted = settings.max_connections or DEFAULT_CONNECTIONS
    files = _allow_files(wanted + PROBE_CONNECTIONS + OTHER_FILES)
    possible = files - PROBE_CONNECTIONS - OTHER_FILES
    if possible >= wanted:
        return wanted
    name = variable(type(settings), "max_connections")
    if settings.max_connections is not None or possible < PROBE_CONNECTIONS:
        needed = wanted + PROBE_CONNECTIONS + OTHER_FILES
        reason = f"{wanted} connections need {needed} open files, this process may have {files}"
        raise SettingsError(f"{name}: {reason}; raise the limit (ulimit -n) or name fewer connections")
    return possible


def _allow_files(wanted: int) -> int:
    """Raise the process's soft limit of open files as far as needed and allowed; return what holds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted if soft == resource.RLIM_INFINITY else soft
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
