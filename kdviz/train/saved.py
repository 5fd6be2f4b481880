"""Training put away on disk and taken up again: safetensors, so a file holds numbers and can run nothing."""

import json
import os
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import safe_open, save_file

from kdviz.core.check import BadInput


def save(path, state, **notes):
    """Write what `Record.state()` gave, or any flat dict of tensors, with notes that JSON can hold; returns the path.

    The file appears whole or not at all: it is written beside its place and then moved there.

    >>> import tempfile, torch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(folder + "/run.safetensors", {"step": torch.tensor(3)}, words="a start")
    ...     load(path), notes(path)
    ({'step': tensor(3)}, {'words': 'a start'})
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    held = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
    save_file(held, beside, metadata={"kdviz": json.dumps(notes)})
    beside.replace(path)
    return path


def load(path, device="cpu"):
    """The dict of tensors that `save` wrote; BadInput for a file that is missing or is none of ours."""
    with opened(path, device) as content:
        return {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118


def notes(path):
    """The notes that `save` wrote beside the tensors; BadInput as for `load`."""
    with opened(path) as content:
        return json.loads((content.metadata() or {}).get("kdviz", "{}"))


@contextmanager
def opened(path, device="cpu"):
    """A saved file, open for reading; BadInput for a file that is missing or is none of ours."""
    try:
        with safe_open(path, "pt", device=str(device)) as content:
            yield content
    except FileNotFoundError:
        raise BadInput(f"path must be a saved run, got {str(path)!r}, which does not exist") from None
    except SafetensorError as error:
        raise BadInput(f"path must be a safetensors file, got {str(path)!r}: {error}; save the run anew") from None
