r"""Students as frozen specs; samples are columns, so that z = W h + b reads as in the paper for all runs at once.

A spec makes the parameters of one student from a seed (`draw`), runs all of E students at once (`forward`), names its
last layer (`head`) and gives the same student as an ordinary torch module (`module`). `forward(…, keep=True)` gives
the activations too, a dict {name of the module: (E, H, n)}, the last layer's apart, which are the logits.
Shapes: E runs, D inputs, H hidden units, K classes, n samples.

>>> [entry.label for entry in NETS.values()]
['MLP', '1-D convolutions', 'Free logits']
"""

from kdviz.core.entry import Entry
from kdviz.train.nets.conv1d import Conv1d
from kdviz.train.nets.free import Free
from kdviz.train.nets.mlp import MLP

__all__ = ["MLP", "NETS", "Conv1d", "Free"]

NETS: dict[str, Entry] = {
    "mlp": Entry("MLP", "Fully connected layers; without hidden ones it is linear.", MLP),
    "conv1d": Entry("1-D convolutions", "Convolutions along a signal, then one linear layer.", Conv1d),
    "free": Entry("Free logits", "No network: every training sample has logits of its own.", Free),
}
