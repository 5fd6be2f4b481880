r"""One layer of all students at once; samples are columns.

Shapes: E runs, D inputs, H outputs, n samples; S sets of samples, each shared by E/S neighbouring runs.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

Parameters = dict[str, torch.Tensor]
Kept = dict[str, torch.Tensor]

CENTRED = ("no", "init", "forward")
ACTIVATIONS = {"relu": torch.relu_, "tanh": torch.tanh_}
KEEPING = {torch.relu_: torch.relu, torch.tanh_: torch.tanh}  # the same, leaving what goes in as it was


def plain(*shape: int) -> torch.Tensor:
    """Room for numbers in float32 on the CPU, whatever torch's defaults are."""
    return torch.empty(shape, dtype=torch.float32, device="cpu")


def linear(name: str, rows: int, columns: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Weight (rows, columns) and bias (rows,) as torch.nn.Linear draws them."""
    weight, bias, bound = plain(rows, columns), plain(rows), 1 / math.sqrt(columns)
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)
    return {f"{name}.weight": weight, f"{name}.bias": nn.init.uniform_(bias, -bound, bound, generator=generator)}


def affine(
    weight: torch.Tensor,
    bias: torch.Tensor,
    x: torch.Tensor,
    activation: Callable[[torch.Tensor], torch.Tensor] | None = None,
) -> torch.Tensor:
    """W x + b, or the activation of it, for all runs: (E, H, D), (E, H), x (D, n) or (S, D, n) -> (E, H, n).

    Where S < E, E/S neighbours share one x, and what shares an x is one product of matrices.
    """
    runs, rows, inputs = weight.shape
    if x.ndim == 2:
        z = torch.addmm(bias.reshape(-1, 1), weight.view(-1, inputs), x)
    elif x.shape[0] == runs:
        z = torch.baddbmm(bias.unsqueeze(2), weight, x)
    else:
        sets = x.shape[0]
        z = torch.baddbmm(bias.reshape(sets, -1, 1), weight.view(sets, -1, inputs), x)
    z = z if activation is None else activation(z)  # in place, so before the view: autograd would copy it otherwise
    return z.view(runs, rows, -1)


def centred(
    spec: Any, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The last layer as the spec wants it used; (E, K, …), classes on axis 1."""
    if spec.center_head != "forward":
        return weight, bias
    return weight - weight.mean(1, keepdim=True), None if bias is None else bias - bias.mean(1, keepdim=True)
