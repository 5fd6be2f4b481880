"""Static files, compressed once: the browser libraries are two megabytes, and thirty people open them at once."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import FileFindHandler
from tornado.web import HTTPError, StaticFileHandler
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler

WORTH = 1400  # bytes: what fits into one packet is not worth it
KINDS = {".js", ".css", ".svg", ".json", ".html", ".txt"}


class Packed(StaticFileHandler):
    """A static file handler that sends `.gz` files from a folder of its own, made on the first request."""

    folder: Path  # set by the server: a private folder that ends with it

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Return the path of the compressed file where the browser takes it, after every check of the parent's."""
        if "\0" in absolute_path:
            raise HTTPError(404)
        found = super().validate_absolute_path(root, absolute_path)
        self.original = found
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
