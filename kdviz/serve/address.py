"""Addresses: where to listen, which one to print, and whether only this machine can reach it.

Standard library only: `run.py` asks here before anything is installed.
"""

from __future__ import annotations

import errno
import io
import ipaddress
import os
import re
import socket
from contextlib import closing
from urllib.parse import quote, urlsplit

HERE, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # this machine only, and every address of it
PORT = 8866
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")  # one part of a name between dots
UNSURE = frozenset("ßς\u200c\u200d")  # letters that browsers and the standard library put into ASCII differently


class Unusable(ValueError):
    """What cannot be listened on or answered to, as one sentence with the cure."""


def listened(host: str | None, lab: bool) -> str:
    """Return the host to listen on: the one that was asked for, else this machine only, and for a class every address.

    >>> listened(None, lab=False), listened(None, lab=True), listened("::1", lab=True)
    ('127.0.0.1', '0.0.0.0', '::1')
    """
    return host if host is not None else EVERYWHERE if lab else HERE


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


def plain(text: str) -> str:
    """Return the host in `text` as browsers send it: small letters, ASCII, no scheme, port, path, bracket or last dot.

    >>> plain("Lecture.Example."), plain("https://lecture.example:8866/"), plain("[::1]:80"), plain("bücher.example")
    ('lecture.example', 'lecture.example', '::1', 'xn--bcher-kva.example')
    """
    text = text.strip()
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        pass
    else:
        return text.lower()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host = (parts.hostname or "").removesuffix(".")
        _ = parts.port  # ValueError for what is no number
        return host if host.isascii() or UNSURE & set(host) else host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one
        return ""


def name(text: str) -> str:
    """Return a name that visitors may use for this machine; Unusable for what no browser could ask for.

    >>> name("Lecture.Example:443")
    'lecture.example'
    """
    host = plain(text)
    if is_loopback(host):
        return host
    if re.fullmatch(r"[\d.]+|.*:.*", host):
        raise Unusable(f"--name {text} is an address, not a name; to answer to it listen there: --host {host}")
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in host.split(".")):
        raise Unusable(f"--name {text!r} is no name of a host; give it as in the address bar, such as lecture.example")
    return host


class Names(frozenset[str]):
    """Names of this machine; one that a request carries is found in whatever form it comes.

    >>> "LECTURE.example." in Names(["lecture.example"]), "example" in Names(["lecture.example"])
    (True, False)
    """

    def __contains__(self, text: object) -> bool:
        return super().__contains__(plain(str(text)))


def of(host: str, port: int, path: str, token: str = "") -> str:
    """Return the address that visitors open: for "all addresses of this machine" the one that its network sees.

    >>> of("::1", 8866, "/")
    'http://[::1]:8866/'
    >>> of("127.0.0.1", 8866, "/", "a+b &c")
    'http://127.0.0.1:8866/?token=a%2Bb%20%26c'
    """
    seen = outward() if host in ("", EVERYWHERE, "::") else host
    shown = f"[{seen}]" if ":" in seen else seen
    query = "?token=" + quote(token, safe="") if token else ""
    return f"http://{shown}:{port}{path}{query}"


def outward() -> str:
    """Return the address under which the network sees this machine, 127.0.0.1 without a network; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for examples: only the routing table is asked
            return str(probe.getsockname()[0])
        except OSError:
            return HERE


def picture(url: str) -> str:
    """Return a QR code of an address in characters, for a terminal and a projector."""
    import segno

    out = io.StringIO()
    segno.make(url, error="l", micro=False).terminal(out, border=2, compact=True)
    return out.getvalue()


def listenable(text: str, port: int) -> tuple[str, int]:
    """Return (host, port) that can be listened on now, a free port for 0; Unusable with the cure where it cannot.

    A host with several addresses, such as localhost, needs the port on each that this machine has.
    """
    if not 0 <= port <= 65535:
        raise Unusable(f"--port must be between 0 and 65535, and {port} is not; leave it out for {PORT}")
    host = plain(text)
    if host != text.strip().lower().strip("[]").removesuffix("."):
        raise Unusable(f"--host {text!r} is no address to listen on: it takes no scheme, port or path, --port does")
    try:
        found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise Unusable(f"--host {text} is no address of this machine; leave it out for {HERE}") from None
    refused: list[OSError] = []
    for family, _, _, _, place in dict.fromkeys(found):
        try:
            port = bound(family, place, port)
        except PermissionError:
            raise Unusable(f"port {port} needs more rights than you have; take one above 1023") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                free = bound(family, place, 0)
                raise Unusable(f"port {port} is in use; stop what holds it, or take --port {free}") from None
            refused.append(error)
    if len(refused) == len(dict.fromkeys(found)):
        raise Unusable(f"cannot listen on --host {text} ({refused[0].strerror}); leave it out for {HERE}")
    return host, port


def free_port() -> int:
    """Return a port of this machine that is free right now."""
    return bound(socket.AF_INET, (HERE, 0), 0)


def bound(family: int, place: tuple, port: int) -> int:
    """Return the port that a socket got which was bound to an address for a moment; OSError where that cannot be."""
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        probe.bind((place[0], port, *place[2:]))
        return int(probe.getsockname()[1])
