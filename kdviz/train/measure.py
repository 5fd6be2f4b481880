r"""What to watch while students train: functions of the ensemble for `fit(..., watch=...)`; first axis is the run.

Symbols: z logits; s student, t teacher; c mean over classes; x = z - c; W (K, H), b (K,) last layer, w̄, b̄ their means
over classes; E students, m test samples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch

from kdviz.core.check import BadInput
from kdviz.core.entry import Entry
from kdviz.problems.data import Data
from kdviz.train.ensemble import Ensemble, columns

Watch = Callable[[Ensemble], dict[str, torch.Tensor]]


class Reference:
    """What students are compared with on a test set: labels (m,), the teacher's logits (K, m), at a temperature."""

    def __init__(self, data: Data, teacher_logits: torch.Tensor, temperature: float) -> None:
        self.labels, self.temperature = data.y_test, temperature
        self.teacher_logits = zt = columns(teacher_logits)
        self.answers, self.mean = zt.argmax(0), zt.mean(0)
        self.log_probabilities = torch.log_softmax(zt / temperature, 0)
        hits = torch.nn.functional.one_hot(data.y_test, data.classes).to(zt)
        self.shares = hits / hits.sum(0).clamp(min=1)  # (m, K): averages over the samples of a class


class Seen:
    """The students' `logits` (E, K, m) on the test set beside a `Reference`, and what several measures need of them."""

    def __init__(self, logits: torch.Tensor, reference: Reference) -> None:
        self.logits, self.reference = logits, reference

    @cached_property
    def top(self) -> torch.Tensor:
        """The largest logit (E, m): argmax over this axis takes ten times as long; a tie counts for both."""
        return self.logits.amax(1)

    @cached_property
    def right(self) -> torch.Tensor:
        """1 where a student's answer is right, else 0: (E, m)."""
        return (picked(self.logits, self.reference.labels) == self.top).to(self.logits)

    @cached_property
    def gap(self) -> torch.Tensor:
        """c_s − c_t of every sample: (E, m)."""
        return self.logits.mean(1) - self.reference.mean


def _kl(seen: Seen) -> torch.Tensor:
    log_t = seen.reference.log_probabilities
    gap = log_t - torch.log_softmax(seen.logits / seen.reference.temperature, 1)
    return (log_t.exp() * gap).sum(1).mean(1)


def _centred_error(seen: Seen) -> torch.Tensor:
    d = seen.logits - seen.reference.teacher_logits - seen.gap.unsqueeze(1)
    return d.square().mean((1, 2)).sqrt()


def _agreement(seen: Seen) -> torch.Tensor:
    return (picked(seen.logits, seen.reference.answers) == seen.top).to(seen.logits).mean(1)


def _accuracy(seen: Seen) -> torch.Tensor:
    return seen.right.mean(1)


def _per_class(seen: Seen) -> torch.Tensor:
    return seen.right @ seen.reference.shares


def _mean_gap(seen: Seen) -> torch.Tensor:
    return seen.gap.mean(1)


@dataclass(frozen=True)
class Measure(Entry):
    """A measure: `make(seen)` gives one number per run (E,), or several, (E, …), where not `single`."""

    single: bool = True


MEASURES: dict[str, Measure] = {
    "accuracy": Measure("Accuracy", "Share of right answers.", _accuracy),
    "per_class": Measure("Accuracy by class", "Share of right answers in each class.", _per_class, single=False),
    "agreement": Measure("Agreement", "Share of the teacher's answers given.", _agreement),
    "kl": Measure("KL", "Mean of KL(p_t‖p_s) at the temperature of the evaluation.", _kl),
    "centred_error": Measure("Centred error", "Root mean square of x_s − x_t.", _centred_error),
    "mean_gap": Measure("Mean gap", "Mean of c_s − c_t.", _mean_gap),
}


def evaluate(
    data: Data, teacher_logits: torch.Tensor, temperature: float = 1.0, measures: dict[str, Measure] | None = None
) -> Watch:
    """A watch that evaluates students on the test set by all `MEASURES` (or others): {name: (E,)}, per_class (E, K).

    teacher_logits (m, K) on data.x_test, as `teacher(data).test`; BadInput for others.
    """
    if tuple(teacher_logits.shape) != (len(data.x_test), data.classes):
        raise BadInput(
            f"teacher_logits must be those of the test set, {(len(data.x_test), data.classes)}, got "
            f"{tuple(teacher_logits.shape)}; pass teacher(data).test"
        )
    x, reference = columns(data.x_test), Reference(data, teacher_logits, temperature)
    measures = MEASURES if measures is None else measures

    def watch(students: Ensemble) -> dict[str, torch.Tensor]:
        seen = Seen(students.forward(x), reference)
        return {name: measure.make(seen) for name, measure in measures.items()}

    return watch


def means(x: torch.Tensor) -> Watch:
    r"""A watch on the means over classes: mean_logit (E, n) = c of every sample of x (rows), w_bar (E, H), b_bar (E,).

    gradient_sum (E,): the largest |Σ_i ∂L/∂z_i| over the samples of the last step, 0 before the first.
    """
    x = columns(x)

    def watch(students: Ensemble) -> dict[str, torch.Tensor]:
        weight, bias = students.head()
        g = students.gradient
        return {
            "mean_logit": students.forward(x).mean(1),
            "w_bar": weight.mean(1),
            "b_bar": bias.mean(1),
            "gradient_sum": bias.new_zeros(len(students)) if g is None else g.sum(1).abs().amax(1),
        }

    return watch


def picked(z: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """The logit of one class for every sample: (E, K, m), (m,) -> (E, m)."""
    return z.gather(1, classes.expand(len(z), 1, -1)).squeeze(1)
