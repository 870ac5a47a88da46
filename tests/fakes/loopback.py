"""Lets a test reach nobody but this machine: every other address is refused before a byte is sent."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest


def only_loopback(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuse all connections and name look-ups but those to loopback; the refused ones are in the list."""
    refused: list[str] = []
    look_up, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def check(host: bytes | str | None) -> None:
        name = host.decode() if isinstance(host, bytes) else host or "localhost"
        if not _is_loopback(name):
            refused.append(name)
            raise ConnectionRefusedError(f"a test may not reach {name}")

    def checked_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        check(host)
        return look_up(host, *rest, **named)

    def checked_connect(self: socket.socket, address: Any) -> None:
        check(address[0] if isinstance(address, tuple) else None)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        check(address[0] if isinstance(address, tuple) else None)
        return connect_ex(self, address)

    monkeypatch.setattr(socket, "getaddrinfo", checked_look_up)
    monkeypatch.setattr(socket.socket, "connect", checked_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", checked_connect_ex)
    return refused


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
