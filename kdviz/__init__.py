"""kdviz: knowledge distillation and logits matching, live and in one place.

Gradients with respect to the student's logits, what temperature does to them, what the logit means do, and
what is left of it in a real network. `import kdviz as kd` costs nothing: each name is loaded when first used.

>>> import kdviz as kd
>>> float(kd.KD(temperature=100.0).value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]).round(6))
0.999692
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:  # what an editor sees; at run time a name is loaded when first used
    from kdviz.core.arrays import softmax as softmax
    from kdviz.core.limits import gap as gap
    from kdviz.core.limits import temperature_for as temperature_for
    from kdviz.losses import CE as CE
    from kdviz.losses import KD as KD
    from kdviz.losses import LM as LM
    from kdviz.losses import LOSSES as LOSSES
    from kdviz.losses import CentredLM as CentredLM
    from kdviz.losses import PrintedLM as PrintedLM
    from kdviz.problems import DATASETS as DATASETS
    from kdviz.problems.cifar import cifar as cifar
    from kdviz.problems.digits import digits as digits
    from kdviz.problems.synthetic import hierarchy as hierarchy
    from kdviz.problems.synthetic import mnist1d as mnist1d
    from kdviz.problems.transfer import transfer_sets as transfer_sets
    from kdviz.train.fit import Plan as Plan
    from kdviz.train.fit import Run as Run
    from kdviz.train.fit import fit as fit
    from kdviz.train.measure import MEASURES as MEASURES
    from kdviz.train.measure import evaluate as evaluate
    from kdviz.train.methods import LogitMethod as LogitMethod
    from kdviz.train.methods import Method as Method
    from kdviz.train.nets import MLP as MLP
    from kdviz.train.nets import NETS as NETS
    from kdviz.train.nets import Conv1d as Conv1d
    from kdviz.train.nets import Free as Free
    from kdviz.train.optimisers import OPTIMISERS as OPTIMISERS
    from kdviz.train.optimisers import SCHEDULES as SCHEDULES
    from kdviz.train.optimisers import SGD as SGD
    from kdviz.train.optimisers import Adam as Adam
    from kdviz.train.optimisers import AdamW as AdamW
    from kdviz.train.sweep import difference as difference
    from kdviz.train.sweep import interval as interval
    from kdviz.train.sweep import sweep as sweep
    from kdviz.train.tasks import Setting as Setting
    from kdviz.train.teachers import teacher as teacher

_HOME = {  # name -> module
    **dict.fromkeys(("KD", "LM", "CentredLM", "CE", "PrintedLM", "LOSSES"), "losses"),
    **dict.fromkeys(("gap", "temperature_for"), "core.limits"),
    "softmax": "core.arrays",
    **dict.fromkeys(("fit", "Plan", "Run"), "train.fit"),
    **dict.fromkeys(("sweep", "interval", "difference"), "train.sweep"),
    "Setting": "train.tasks",
    "digits": "problems.digits",
    **dict.fromkeys(("hierarchy", "mnist1d"), "problems.synthetic"),
    "cifar": "problems.cifar",
    "transfer_sets": "problems.transfer",
    "DATASETS": "problems",
    "teacher": "train.teachers",
    **dict.fromkeys(("MLP", "Conv1d", "Free", "NETS"), "train.nets"),
    **dict.fromkeys(("SGD", "Adam", "AdamW", "OPTIMISERS", "SCHEDULES"), "train.optimisers"),
    **dict.fromkeys(("Method", "LogitMethod"), "train.methods"),
    **dict.fromkeys(("MEASURES", "evaluate"), "train.measure"),
}
__all__ = [*_HOME, "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kdviz' has no attribute {name!r}; it offers {', '.join(_HOME)}")
    from importlib import import_module

    try:
        return getattr(import_module(f"kdviz.{_HOME[name]}"), name)
    except ModuleNotFoundError as missing:
        if (
            missing.name is None
            or missing.name.startswith("kdviz")
            or not _HOME[name].startswith(("problems.", "train."))
        ):
            raise
        raise ModuleNotFoundError(
            f"kdviz.{name} needs {missing.name}, which is not installed; pip install 'kdviz[train]'", name=missing.name
        ) from None


def __dir__() -> list[str]:
    return sorted(__all__)
