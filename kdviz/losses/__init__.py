r"""Losses between a student and a teacher, as values: fields are hyper-parameters, value and gradient stand together.

Symbols: z logits (..., K); s student, t teacher; c mean over classes; x = z - c; T temperature; y label; K classes.
No reduction over samples: callers take the mean. NumPy arrays and torch tensors alike; nothing is changed in place.
Gradients are with respect to the student's logits. Losses add and scale: `0.1 * CE() + 0.9 * KD(4)`.
"""

from kdviz.losses.base import Loss, Sum
from kdviz.losses.distillation import KD
from kdviz.losses.labels import CE
from kdviz.losses.matching import LM, CentredLM, PrintedLM

__all__ = ["CE", "KD", "LM", "LOSSES", "CentredLM", "Loss", "PrintedLM", "Sum"]

LOSSES: dict[str, Loss] = {
    "kd": KD(),
    "lm": LM(),
    "centred_lm": CentredLM(),
    "ce": CE(),
    "printed_lm": PrintedLM(),
}
