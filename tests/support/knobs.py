"""A params class with a knob of every kind."""

from dataclasses import dataclass

from kdviz.core.params import choice, knob, text, toggle


@dataclass(frozen=True)
class Params:
    temperature: float = knob(4.0, "T", 0.05, 1e6, log=True, help="softens", key="T", infinite=True)
    student_mean: float = knob(0.0, "c<sub>s</sub>", -10, 10, key="cs", step=0.1)
    classes: int = knob(10, "K", 2, 1000, log=True, key="K", integer=True)
    free: float = knob(1.5, "free")
    family: str = choice("gaussian", "logits", {"gaussian": 1, "heavy tail": 2}, key="family")
    printed: bool = toggle(False, "as printed", key="printed")
    typed: str = text("2 0 -1 3", "student", key="zs", longest=60)
    plain: int = 7  # no knob: not for visitors
