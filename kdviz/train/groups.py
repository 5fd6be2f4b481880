"""The runs of one method: their samples, what the method owns for them, and how their part of a step is done."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from kdviz.train.ensemble import Ensemble
from kdviz.train.identity import Identity
from kdviz.train.inputs import Checked
from kdviz.train.methods.base import Batch, Known, Method, Outputs, Own, Sizes, Slopes
from kdviz.train.methods.logits import LogitMethod, method_of
from kdviz.train.optimisers import Stepper
from kdviz.train.plans import Plan, Run

OWN = 4  # the stream of a run's seed that own tensors are drawn from; the students' first weights have another


def by_method(runs: Sequence[Run]) -> list[tuple[Method, list[int]]]:
    """The different methods of the runs, in order, each with the places of its runs.

    >>> from kdviz.losses import CE, KD
    >>> by_method([Run(KD(4)), Run(CE()), Run(KD(4.0))])
    [(LogitMethod(loss=KD(temperature=4.0)), [0, 2]), (LogitMethod(loss=CE(smoothing=0.0)), [1])]
    """
    identity = Identity()
    found: dict[tuple, tuple[Method, list[int]]] = {}
    for i, run in enumerate(runs):
        plain = run.loss.loss if isinstance(run.loss, LogitMethod) else run.loss
        found.setdefault(identity.of(plain), (method_of(plain), []))[1].append(i)
    return list(found.values())


class Group:
    """The runs of one method, at `places`; `which` is a slice where they are evenly spaced.

    `own` {name: (E, …)} belongs to the method; what requires grad is stepped as the students are.
    """

    def __init__(
        self, method: Method, places: list[int], runs: Sequence[Run], plan: Plan, students: Ensemble, data: Checked
    ) -> None:
        even = range(places[0], places[-1] + 1, places[1] - places[0] if len(places) > 1 else 1)
        like = next(iter(students.parameters.values()))
        self.method, self.places = method, places
        at = torch.tensor(places, device=like.device) if places != list(even) else None
        self.which: Any = slice(even.start, even.stop, even.step) if at is None else at
        self.known = Known(self.which, students, data)
        self.apart = type(method).forward is not Method.forward  # it runs its students itself
        self.keeps = method.keeps or self.apart
        self.own = self._own([runs[i] for i in places], like)
        trained = {name: tensor for name, tensor in self.own.items() if tensor.requires_grad}
        self.stepper = Stepper(plan.optimiser, trained, [runs[i].lr for i in places]) if trained else None
        self.slope: Any = method.slope(self.known)  # of the logits, for a method that looks at nothing else
        self.step = method.step if self.slope is None else self._step

    def _own(self, runs: Sequence[Run], like: torch.Tensor) -> Own:
        if type(self.method).start is Method.start:
            return {}
        sizes = self._sizes()
        drawn = [self.method.start(sizes, generator(run.seed)) for run in runs]
        found = {}
        for name, first in drawn[0].items():
            whole = torch.stack([one[name].detach() for one in drawn]).to(like.device)
            whole = whole.to(like.dtype) if whole.is_floating_point() else whole
            found[name] = whole.requires_grad_(first.requires_grad)
        return found

    def _sizes(self) -> Sizes:
        known, students = self.known, self.known.students
        samples = known.data.x.shape[-2]
        kept: Mapping[str, torch.Tensor] = {}
        if self.method.keeps and not self.apart:
            first = torch.zeros(1, dtype=torch.long, device=known.x.device)
            with torch.no_grad():
                kept = students.kept(known.x[..., :1], first)[1]
        shapes = {name: tuple(h.shape[1:-1]) for name, h in kept.items()}
        given = {name: rows.shape[-1] for name, rows in known.data.extras.items()}
        return Sizes(students.inputs, students.classes, samples, shapes, given)

    def _step(self, outputs: Outputs, batch: Batch, own: Own) -> Slopes:
        return Slopes(self.slope(outputs.logits, batch.index))

    def outputs(self, index: torch.Tensor | None) -> Outputs:
        """Outputs of these runs by the method's own forward, with gradients."""
        students, x = self.known.students, self.known.x
        parameters = {name: leaf[self.which].contiguous() for name, leaf in students.parameters.items()}
        x = x if index is None else x[..., index]
        return self.method.forward(students.spec, parameters, x, index, self.own)

    def mean_loss(self, outputs: Outputs) -> Callable[[], np.ndarray]:
        """A function that gives the mean loss (E,) over all samples, float64, also after training has gone on."""
        own = {name: tensor.detach().clone() for name, tensor in self.own.items()}
        return lambda: self._value(outputs, own)

    def _value(self, outputs: Outputs, own: Own) -> np.ndarray:
        if type(self.method).value is Method.value:  # it has a step only
            return np.full(len(self.places), np.nan)
        value = self.method.value(outputs, Batch(self.known, None, 0), own)
        return value.detach().cpu().double().mean(-1).numpy()

    def state(self) -> dict[str, torch.Tensor]:
        """{"own/name": tensor, "optimiser/name": tensor}, copies."""
        held = {f"own/{name}": tensor.detach().clone() for name, tensor in self.own.items()}
        stepped = {} if self.stepper is None else self.stepper.state()
        return held | {f"optimiser/{name}": tensor for name, tensor in stepped.items()}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        with torch.no_grad():
            for name, tensor in self.own.items():
                tensor.copy_(state[f"own/{name}"])
        if self.stepper is not None:
            start = "optimiser/"
            self.stepper.restore({k.removeprefix(start): v for k, v in state.items() if k.startswith(start)})


def generator(seed: int) -> torch.Generator:
    """Where the own tensors of the run of that seed come from: never the numbers that its first weights had."""
    state = np.random.SeedSequence([seed, OWN]).generate_state(1)
    return torch.Generator("cpu").manual_seed(int(state[0]))
