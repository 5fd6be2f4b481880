"""03: what a difference of the logits' means does to LM and not to KD, and what the extra term is not."""

from dataclasses import dataclass, replace

import numpy as np

from kdviz.core import limits
from kdviz.losses import KD, LM, CentredLM
from kdviz.pages import controls
from kdviz.pages.mean_offset.landscape import MEANS, Along, Map, Term, along_ones, deviation, extra_term, gap_map
from kdviz.pages.mean_offset.words import W

PRESETS = {
    "mean-trap": "T=100&cs=1&ct=-1&printed=0",
    "equal-means": "T=100&cs=3&ct=3",
    "sign-test": "T=100&cs=1&ct=-1&printed=1",
    "many-classes": "T=100&cs=1&ct=-1&K=1000",
    "turned-round": "T=100&cs=-1&ct=1",
}


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    temperature: float = controls.temperature(20.0)
    student_mean: float = controls.mean("cs", 1.0)
    teacher_mean: float = controls.mean("ct", -1.0)
    classes: int = controls.classes()
    printed: bool = controls.printed(True, W.HELP_PRINTED)
    family: str = controls.family()
    spread: float = controls.spread()
    seed: int = controls.seed()
    typed_student: str = controls.typed("zs")
    typed_teacher: str = controls.typed("zt")


@dataclass(frozen=True)
class Result:
    """Logits (K,), gaps now, losses now and along the all-ones direction, the map, and the extra term."""

    params: Params
    student: np.ndarray
    teacher: np.ndarray
    sigma: float
    mean_gap: float
    now: limits.Gap
    kd: float
    lm: float
    centred: float
    along: Along
    kd_along: np.ndarray
    map: Map
    term: Term


def compute(params):
    """The `Result` of `params`."""
    student, teacher = controls.drawn(*controls.key(params))
    mean_gap = round(params.student_mean - params.teacher_mean, 12)
    kd, lm, centred = (float(f.value(student, teacher)) for f in (KD(params.temperature), LM(), CentredLM()))
    return Result(
        params,
        student,
        teacher,
        sigma=deviation(teacher),
        mean_gap=mean_gap,
        now=limits.gap(student, teacher, params.temperature),
        kd=kd,
        lm=lm,
        centred=centred,
        along=along_ones(*controls.key(replace(params, student_mean=0.0))),
        kd_along=np.full(len(MEANS), kd),
        map=gap_map(*controls.key(params, centred=True)),
        term=extra_term(student, mean_gap),
    )
