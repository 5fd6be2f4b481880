"""E students of one shape as one set of tensors whose leading axis is the run."""

from collections.abc import Iterable
from typing import Any

import torch

from kdviz.core.arguments import seed, whole
from kdviz.core.check import BadInput
from kdviz.train.arguments import tensor
from kdviz.train.device import ordinary
from kdviz.train.layers import centred


class Ensemble:
    """E students of one spec, one per seed; a student is the same, bit for bit in its start, in whatever company.

    `parameters` maps the names of the ordinary module to leaf tensors (E, ...); drawn in float32 on the CPU and then
    moved, so that dtype and device do not change the start. `gradient` is the last logit gradient (E, K, B) over B.

    >>> from kdviz.train.nets import MLP
    >>> students = Ensemble(MLP((32,)), inputs=64, classes=10, samples=0, seeds=[0, 1])
    >>> students.logits(torch.zeros(5, 64)).shape
    torch.Size([2, 10, 5])
    """

    def __init__(
        self,
        spec: Any,
        inputs: int,
        classes: int,
        samples: int,
        seeds: Iterable[int],
        device: Any = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.spec, self.inputs, self.classes, self.seeds = spec, inputs, classes, tuple(map(seed, seeds))
        if not self.seeds:
            raise BadInput("seeds must name at least one student, got none; pass for example range(20)")
        drawn = [spec.draw(seed, inputs, classes, samples) for seed in self.seeds]
        self.parameters = {
            name: torch.stack([one[name] for one in drawn]).to(device, dtype).requires_grad_() for name in drawn[0]
        }
        self.gradient = None
        if spec.center_head == "init":
            with torch.no_grad():
                for name in filter(None, spec.head()):
                    self.parameters[name] -= self.parameters[name].mean(1, keepdim=True)

    def __len__(self) -> int:
        return len(self.seeds)

    def forward(self, x: torch.Tensor, index: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (E, K, n) with gradients, from columns x: (D, n), or (S, D, n) where E/S neighbours share one."""
        return self.spec.forward(self.parameters, x, index)

    def kept(self, x: torch.Tensor, index: torch.Tensor | None = None) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The logits as `forward` gives them and all activations, {name of the module: (E, H, n)}."""
        return self.spec.forward(self.parameters, x, index, keep=True)

    def logits(self, x: Any) -> torch.Tensor:
        """Logits (E, K, n) without gradients, from rows x: (n, D) shared or (E, n, D); BadInput for other shapes."""
        like = next(iter(self.parameters.values()))
        with ordinary(like.device.type), torch.no_grad():
            x = tensor(x, "x").to(like)
            if x.ndim not in (2, 3) or x.shape[-1] != self.inputs or (x.ndim == 3 and len(x) != len(self)):
                raise BadInput(
                    f"x must have shape (n, {self.inputs}) or ({len(self)}, n, {self.inputs}), got {tuple(x.shape)}; "
                    "rows are samples"
                )
            return self.forward(columns(x))

    @torch.no_grad()
    def head(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The last layer as it is used: W (E, K, H) and b (E, K), zero where there is no bias; copies."""
        weight, bias = (self.parameters[name] if name else None for name in self.spec.head())
        weight, bias = centred(self.spec, weight, bias)
        return weight.clone(), weight.new_zeros(weight.shape[:2]) if bias is None else bias.clone()

    def member(self, run: int) -> torch.nn.Module:
        """One student, 0 .. E − 1 or counted from the end, as an ordinary module (rows are samples), with copies."""
        run = whole(run, "run", -len(self), len(self) - 1, "runs are counted in the order they were given")
        if not hasattr(self.spec, "module"):
            raise BadInput(f"{self.spec!r} has no module, only logits of its training samples; see parameters")
        with torch.device("meta"):  # whose numbers would only be overwritten, but use up the global seed
            module = self.spec.module(self.inputs, self.classes)
        held = {name: tensor.detach()[run] for name, tensor in self.parameters.items()}
        held |= {name: tensor[run] for name, tensor in zip(self.spec.head(), self.head(), strict=True)}
        held = {name: held[name].reshape(like.shape).clone() for name, like in module.state_dict().items()}
        module.load_state_dict(held, assign=True)
        return module


def merged(x: torch.Tensor) -> torch.Tensor:
    """The sets of x (E, n, D) without neighbours that are equal, if all sets have the same number of neighbours."""
    if x.ndim == 2:
        return x
    new = (x[1:] != x[:-1]).flatten(1).any(1).nonzero().flatten().tolist()
    size = new[0] + 1 if new else len(x)
    even = len(x) % size == 0 and [i + 1 for i in new] == list(range(size, len(x), size))
    return x[::size] if even else x


def columns(x: torch.Tensor) -> torch.Tensor:
    """Rows to columns, contiguous: (n, D) -> (D, n), (E, n, D) -> (E, D, n)."""
    return x.mT.contiguous()
