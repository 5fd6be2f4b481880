"""kdviz: knowledge distillation and logits matching, live and in one place.

Gradients with respect to the student's logits, what temperature does to them, what the logit means do, and
what is left of it in a real network. `import kdviz as kd` costs nothing: each name is loaded when first used.

>>> import kdviz as kd
>>> float(kd.KD(temperature=100.0).value([2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]).round(6))
0.999692
"""

__version__ = "0.1.0"

_HOME = {
    "KD": "losses",
    "LM": "losses",
    "CentredLM": "losses",
    "CE": "losses",
    "PrintedLM": "losses",
    "LOSSES": "losses",
    "gap": "limits",
    "temperature_for": "limits",
    "softmax": "arrays",
}
__all__ = [*_HOME, "__version__"]


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'kdviz' has no attribute {name!r}; it offers {', '.join(_HOME)}")
    from importlib import import_module

    return getattr(import_module(f"kdviz.core.{_HOME[name]}"), name)


def __dir__():
    return sorted(__all__)
