"""Training put away on disk and taken up again: safetensors, so a file holds numbers and can run nothing."""

import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import safe_open, save_file

from kdviz.core.arguments import path as place
from kdviz.core.check import BadInput


def save(path: str | os.PathLike, state: Mapping[str, torch.Tensor], **notes: Any) -> Path:
    """Write what `Record.state()` gave, or any flat dict of tensors, with notes that JSON can hold; returns the path.

    ~ is your home. The file appears whole or not at all: it is written beside its place and then moved there. BadInput
    for a folder that is missing or cannot be written, and for what is no dict of tensors.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(folder + "/run.safetensors", {"step": torch.tensor(3)}, words="a start")
    ...     load(path), notes(path)
    ({'step': tensor(3)}, {'words': 'a start'})
    """
    target = place(path)
    if not target.parent.is_dir() or target.is_dir():
        what = "is itself a folder" if target.is_dir() else f"whose folder {str(target.parent)!r} does not exist"
        raise BadInput(f"path must be a file in a folder that exists, got {str(path)!r}, {what}; make the folder first")
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise BadInput(f"state must be a flat dict of tensors, got {type(state).__name__}; see Record.state()")
    beside = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
    held = {str(name): tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    try:
        save_file(held, beside, metadata={"kdviz": json.dumps(notes)})
        beside.replace(target)
    except TypeError as error:
        raise BadInput(f"notes must be what JSON can hold, got {error}; pass words and numbers") from None
    except (OSError, SafetensorError) as error:
        raise BadInput(f"path must be a place that can be written, got {str(path)!r}: {error}; take another") from None
    finally:
        beside.unlink(missing_ok=True)
    return target


def load(path: str | os.PathLike, device: Any = "cpu") -> dict[str, torch.Tensor]:
    """The dict of tensors that `save` wrote; BadInput for a file that is missing or is none of ours."""
    with opened(path, device) as content:
        return {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118


def notes(path: str | os.PathLike) -> dict[str, Any]:
    """The notes that `save` wrote beside the tensors; BadInput as for `load`."""
    with opened(path) as content:
        return json.loads((content.metadata() or {}).get("kdviz", "{}"))


@contextmanager
def opened(path: str | os.PathLike, device: Any = "cpu") -> Iterator[Any]:
    """A saved file, open for reading; BadInput for a file that is missing or is none of ours."""
    target = place(path)
    if not target.is_file():
        what = "which is a folder" if target.is_dir() else "which does not exist"
        raise BadInput(f"path must be a saved run, got {str(path)!r}, {what}; see kdviz.train.saved.save")
    try:
        with safe_open(target, "pt", device=str(device)) as content:
            yield content
    except (OSError, ValueError, SafetensorError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"path must be a safetensors file, got {str(path)!r}: {error}; save the run anew") from None
