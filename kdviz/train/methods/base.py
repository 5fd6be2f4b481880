r"""What every method is, and what it is handed: outputs of the students, the batch, its own tensors.

Class-major: E runs of one method, K classes, B samples of a batch, H numbers per sample; samples are the last axis.
A method says what it `uses`, `start`s with tensors of its own, and turns outputs and batch into gradients (`step`).
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import torch

from kdviz.core.check import BadInput
from kdviz.train.ensemble import Ensemble, columns, merged

Own = dict[str, torch.Tensor]  # a method's tensors, one per run on axis 0


class Sizes(NamedTuple):
    """What a method meets: numbers of inputs, classes and samples, shapes of kept activations, widths of extras."""

    inputs: int
    classes: int
    samples: int
    kept: dict[str, tuple[int, ...]]
    extras: dict[str, int]


class Outputs(NamedTuple):
    """What the students gave: logits (E, K, B), and {name of the layer: (E, H, B)} for a method that `keeps` them."""

    logits: torch.Tensor
    kept: Mapping[str, torch.Tensor] = {}


class Slopes(NamedTuple):
    """Gradients: dL/dz of every sample (E, K, B), dL/dh of layers by name, and of own tensors, summed over samples.

    None or a missing name is 0. The loop divides all of them by B.
    """

    logits: torch.Tensor | None
    kept: Mapping[str, torch.Tensor] = {}
    own: Mapping[str, torch.Tensor] = {}


class Batch:
    """What is known of the samples of one step (`index` None: all), for the runs `which`; computed when asked for.

    x (D, B) or (S, D, B) where E/S neighbours share one; labels (B,) or (E, B); teacher_logits (K, B) or (E, K, B);
    extras {name: (H, B) or (E, H, B)}; `students.spec` is the net, `step` counts from 0.
    """

    __slots__ = ("index", "known", "step")

    def __init__(self, known: "Known", index: torch.Tensor | None, step: int) -> None:
        self.known, self.index, self.step = known, index, step

    def __getattr__(self, name: str) -> Any:
        if name not in ("x", "labels", "teacher_logits", "extras"):
            raise AttributeError(f"a batch has x, labels, teacher_logits and extras, no {name!r}")
        whole = getattr(self.known, name)
        if self.index is None or whole is None:
            return whole
        if isinstance(whole, dict):
            return {name: value[..., self.index] for name, value in whole.items()}
        return whole[..., self.index]

    @property
    def parameters(self) -> dict[str, torch.Tensor]:
        """The students' parameters as they are now, {name: (E, …)}, outside autograd."""
        return {
            name: leaf.detach()[self.known.which].contiguous() for name, leaf in self.known.students.parameters.items()
        }

    def forward(self, parameters: Mapping[str, torch.Tensor], x: torch.Tensor | None = None, **options: Any) -> Any:
        """What the net gives with other parameters or other x (columns), for methods that look ahead."""
        known = self.known
        return known.students.spec.forward(parameters, self.x if x is None else x, self.index, **options)


class Known:
    """All samples of a training as the runs `which` of one method see them, class-major, on the students' device."""

    def __init__(self, which: Any, students: Ensemble, data: Any) -> None:
        self.which, self.students, self.data = which, students, data

    def _of_runs(self, rows: torch.Tensor | None, axes: int) -> torch.Tensor | None:
        return rows if rows is None or rows.ndim == axes else rows[self.which]

    @cached_property
    def x(self) -> torch.Tensor:
        """Inputs (D, n) or (S, D, n)."""
        return columns(merged(self._of_runs(self.data.x, 2)))

    @cached_property
    def labels(self) -> torch.Tensor | None:
        """Labels (n,) or (E, n)."""
        return self._of_runs(self.data.labels, 1)

    @cached_property
    def teacher_logits(self) -> torch.Tensor | None:
        """The teacher's logits (K, n) or (E, K, n)."""
        rows = self._of_runs(self.data.teacher_logits, 2)
        return None if rows is None else columns(rows)

    @cached_property
    def extras(self) -> dict[str, torch.Tensor]:
        """Extras {name: (H, n) or (E, H, n)}."""
        return {name: columns(self._of_runs(rows, 2)) for name, rows in self.data.extras.items()}


class Method:
    """How a student learns; a frozen dataclass below this class, with `value` or `step`.

    `uses` names what it looks at beside the students: "teacher", "labels", or names of `fit(…, extras=…)`; `keeps` asks
    for the students' activations.
    """

    uses: ClassVar[frozenset[str]] = frozenset()
    keeps: ClassVar[bool] = False

    def start(self, sizes: Sizes, generator: torch.Generator) -> Own:
        """Own tensors of one run, float32 on the CPU; those that require grad are trained as the students are."""
        return {}

    def forward(self, net: Any, parameters: dict[str, torch.Tensor], x: torch.Tensor, index: Any, own: Own) -> Outputs:
        """The students' outputs; a method with time steps makes them in a loop here, and keeps what it wants to see."""
        if self.keeps:
            return Outputs(*net.forward(parameters, x, index, keep=True))
        return Outputs(net.forward(parameters, x, index))

    def value(self, outputs: Outputs, batch: Batch, own: Own) -> torch.Tensor:
        """The loss of every sample: (E, B)."""
        raise NotImplementedError(f"{type(self).__name__} must define value(outputs, batch, own), or step")

    def step(self, outputs: Outputs, batch: Batch, own: Own) -> Slopes:
        """The gradients of one step; here those of `value`, by autograd. Own tensors may be changed in place."""
        kept = {name: h.detach().requires_grad_() for name, h in outputs.kept.items()}
        seen = Outputs(outputs.logits.detach().requires_grad_(), kept)
        trained = {name: tensor for name, tensor in own.items() if tensor.requires_grad}
        value = self.value(seen, batch, own)
        runs, _, samples = seen.logits.shape
        if value.shape != (runs, samples):
            raise BadInput(f"value must give one loss per run and sample, {(runs, samples)}, got {tuple(value.shape)}")
        leaves = [seen.logits, *kept.values(), *trained.values()]
        first, *rest = torch.autograd.grad(value.sum(), leaves, allow_unused=True)
        inner, mine = zip(kept, rest, strict=False), zip(trained, rest[len(kept) :], strict=True)
        return Slopes(first, *({name: slope for name, slope in part if slope is not None} for part in (inner, mine)))

    def slope(self, known: Known) -> Callable[[torch.Tensor, Any], torch.Tensor] | None:
        """The fast way for a method that looks at logits only and owns nothing, in the place of `step`; else None.

        A function of logits (E, K, B) and index that gives dL/dz of every sample, a new tensor at every call.
        """
        return None

    def at(self, temperature: float | None) -> "Method":
        """The same method at another temperature; one without a temperature is the same at all."""
        return self

    @property
    def temperatures(self) -> tuple[Any, ...]:
        """The temperatures it has."""
        return ()
