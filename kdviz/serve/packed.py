"""Static files, compressed once: the browser libraries are two megabytes, and thirty people open them at once.

A browser keeps a file for a year, without asking, where the address names its content: `?v=` with the file's SHA-256
(at least 16 digits) or with the SHA-512 that Voila writes. Any other address may mean another file tomorrow.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import FileFindHandler
from tornado.web import HTTPError, StaticFileHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler

WORTH = 1400  # bytes: what fits into one packet is not worth it
YEAR = "public, max-age=31536000, immutable"
SHORTEST = 16  # digits of a hash in an address
KINDS = {".js", ".css", ".svg", ".json", ".html", ".txt"}


class Packed(StaticFileHandler):
    """A static file handler that sends `.gz` files from a folder of its own, made on the first request."""

    folder: Path  # set by the server: a private folder that ends with it
    original: str | None  # the file that was asked for
    kept = False  # whether browsers may keep the answer

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path of the compressed file where the browser takes it, after every check of the parent's."""
        if "\0" in absolute_path:
            raise HTTPError(404)
        found = super().validate_absolute_path(root, absolute_path)
        self.original = found
        if found:
            self.kept = named(self.get_query_argument("v", ""), Path(found), os.stat(found))
        if (
            not found
            or Path(found).suffix not in KINDS
            or "gzip" not in self.request.headers.get("Accept-Encoding", "")
        ):
            return found
        status = os.stat(found)
        if status.st_size < WORTH:
            return found
        self.set_header("Content-Encoding", "gzip")
        return str(pack(Path(found), status, self.folder))

    def set_headers(self) -> None:
        """Say how long the file may be kept; what everybody may keep carries nobody's cookie."""
        super().set_headers()
        self.clear_header("Expires")
        self.set_header("Cache-Control", YEAR if self.kept else "no-cache")
        if self.kept:
            vars(self).pop("_new_cookie", None)

    def get_content_size(self) -> int:
        """The bytes of the file that is sent."""
        return os.stat(self.absolute_path or "").st_size

    def get_content_type(self) -> str:
        """The type of the file that was asked for."""
        kept, self.absolute_path = self.absolute_path, self.original
        try:
            return super().get_content_type()
        finally:
            self.absolute_path = kept


@functools.lru_cache(maxsize=512)
def digests(path: str, changed: int, size: int) -> tuple[str, str]:
    """Return the SHA-256 and the SHA-512 of a file, in hexadecimal digits; a file that changed is read again."""
    content = Path(path).read_bytes()
    return hashlib.sha256(content).hexdigest(), hashlib.sha512(content).hexdigest()


def named(version: str, path: Path, status: os.stat_result) -> bool:
    """Tell whether `version` in an address means this content and no other."""
    found = digests(str(path), status.st_mtime_ns, status.st_size) if len(version) >= SHORTEST else ()
    return any(digest.startswith(version) for digest in found)


def pack(path: Path, status: os.stat_result, folder: Path) -> Path:
    """Return the compressed copy of a file, made now if there is none of this time and size."""
    key = f"{path}|{status.st_mtime_ns}|{status.st_size}"
    target = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.gz"
    if not target.exists():
        partly = target.with_suffix(f".{os.getpid()}")
        partly.write_bytes(gzip.compress(path.read_bytes(), 6, mtime=0))
        os.utime(partly, (status.st_mtime, status.st_mtime))
        partly.replace(target)
    return target


def packed(handler: type[Any], folder: Path) -> type[Any]:
    """Return `handler` as a packed one where it is one of Voila's static handlers, else unchanged."""
    if handler not in (FileFindHandler, MultiStaticFileHandler, TemplateStaticFileHandler):
        return handler
    return type(f"Packed{handler.__name__}", (Packed, handler), {"folder": folder})
