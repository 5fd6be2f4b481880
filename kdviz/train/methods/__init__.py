"""How a student learns: a loss on its logits (`LogitMethod`), or more than that (a `Method` of your own).

A method may look at the students' activations, own trainable parts, run the students over several time steps, and use
what `fit(…, extras=…)` gives for every sample. The training loop knows the protocol in `base` only.
"""

from kdviz.train.methods.base import Batch, Method, Outputs, Sizes, Slopes
from kdviz.train.methods.logits import LogitMethod, method_of

__all__ = ["Batch", "LogitMethod", "Method", "Outputs", "Sizes", "Slopes", "method_of"]
