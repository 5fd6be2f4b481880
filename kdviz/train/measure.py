r"""What to watch while students train: functions of the ensemble for `fit(..., watch=...)`; first axis is the run.

Symbols: z logits; c mean over classes; x = z - c; W (K, H), b (K,) last layer, w̄, b̄ their means over classes.
"""

from collections.abc import Callable

import torch

from kdviz.core.check import BadInput
from kdviz.problems.data import Data
from kdviz.train.ensemble import Ensemble, columns

Watch = Callable[[Ensemble], dict[str, torch.Tensor]]


def judge(data: Data, teacher_logits: torch.Tensor, temperature: float = 1.0) -> Watch:
    r"""A watch that judges students on the test set: a dict of (E,) tensors, per_class (E, K).

    accuracy and per_class are shares of right answers; agreement is the share of the teacher's answers given; kl is the
    mean of KL(p_t‖p_s) at `temperature`; centred_error is the root mean square of x_s − x_t; offset the mean of
    c_s − c_t. teacher_logits (m, K) on data.x_test, as `teacher(data).test`.
    """
    if tuple(teacher_logits.shape) != (len(data.x_test), data.classes):
        raise BadInput(
            f"teacher_logits must be those of the test set, {(len(data.x_test), data.classes)}, got "
            f"{tuple(teacher_logits.shape)}; pass teacher(data).test"
        )
    x, zt = columns(data.x_test), columns(teacher_logits)
    told, ct = zt.argmax(0), zt.mean(0)
    log_t = torch.log_softmax(zt / temperature, 0)
    hits = torch.nn.functional.one_hot(data.y_test, data.classes).to(zt)
    hits = hits / hits.sum(0).clamp(min=1)

    def watch(students: Ensemble) -> dict[str, torch.Tensor]:
        z = students.forward(x)
        top, c = z.amax(1), z.mean(1)  # argmax over this axis takes ten times as long; a tie counts for both
        right = (picked(z, data.y_test) == top).to(z)
        d = z - zt - (c - ct).unsqueeze(1)
        gap = log_t - torch.log_softmax(z / temperature, 1)
        return {
            "accuracy": right.mean(1),
            "per_class": right @ hits,
            "agreement": (picked(z, told) == top).to(z).mean(1),
            "kl": (log_t.exp() * gap).sum(1).mean(1),
            "centred_error": d.square().mean((1, 2)).sqrt(),
            "offset": (c - ct).mean(1),
        }

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
