"""Tests talk to this machine only: any other address is refused."""

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

LOCAL_NAMES = (None, "", "localhost")


class SocketBlocked(RuntimeError):
    """Not an OSError: nothing may take it for a passing failure of the network and try again."""


def block_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on only loopback and Unix sockets connect, and only local names resolve."""
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        _refuse_unless_local(host)
        return resolve(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def _guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_unless_local(address[0])
        return connect(self, address)

    return guarded


def _refuse_unless_local(host: Any) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in LOCAL_NAMES:
        return
    with suppress(ValueError):
        if ipaddress.ip_address(name).is_loopback:
            return
    raise SocketBlocked(f"a test wanted to connect to {name!r}")
