"""Addresses: which one to print, and whether only this machine can reach it."""

from __future__ import annotations

import io
import ipaddress
import os
import socket

import segno


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0"), is_loopback("")
    (True, True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def group(ip: str) -> str:
    """Return whose address this is: the address itself, with IPv6 the network of 64 bits that one household has.

    >>> group("192.0.2.7"), group("2001:db8::1"), group("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        found = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))


def of(host: str, port: int, path: str, token: str = "") -> str:
    """Return the address that visitors open: for "all addresses of this machine" the one that its network sees.

    >>> of("::1", 8866, "/")
    'http://[::1]:8866/'
    >>> of("127.0.0.1", 8866, "/", "secret")
    'http://127.0.0.1:8866/?token=secret'
    """
    name = outward() if host in ("", "0.0.0.0", "::") else host
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{port}{path}{f'?token={token}' if token else ''}"


def outward() -> str:
    """Return the address under which the network sees this machine, 127.0.0.1 without a network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for examples: only the routing table is asked
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def picture(url: str) -> str:
    """Return a QR code of an address in characters, for a terminal and a projector."""
    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, border=2, compact=True)
    return out.getvalue()


def free_port(host: str, port: int) -> int:
    """Return `port` if it can be bound, a free one for 0; SystemExit with the cure where it is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SystemExit(
                f"kdviz serve: cannot listen on {host}:{port} ({reason}); try --port {(port + 1) % 65536}"
            ) from None
        return int(probe.getsockname()[1])
