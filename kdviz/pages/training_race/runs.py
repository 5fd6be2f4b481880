"""The runs of page 05: which methods race, on what, what is measured, and how a race lies in a recording."""

from typing import NamedTuple

import numpy as np

from kdviz.core.intervals import mean_interval
from kdviz.core.recorded import rounded
from kdviz.losses import CE, KD, LM, CentredLM
from kdviz.pages import controls

STEPS, EVERY = 300, 10
SEEDS = 20  # recorded
ALL = 1200  # samples that the teacher learns from
TEACHER_MEANS = {"own": None, "0": 0.0, "5": 5.0, "20": 20.0}  # the teacher's mean logit
HOT = ("1", "2", "4", "8", "16", "64", "∞")  # temperatures in the race
RACED = {  # always; those of the recording
    "baseline": CE(),
    **{f"KD T={t}": KD(float("inf" if t == "∞" else t)) for t in HOT},
    "centred LM": CentredLM(),
    "LM": LM(),
}
OTHERS = controls.others(RACED)  # which a visitor can choose; they race live, when chosen
LOSSES = {**RACED, **OTHERS}
METHODS = tuple(LOSSES)
NOISES = {"0": 0.0, "20 %": 0.2, "40 %": 0.4}  # share of wrong labels
DATA = ("digits", "hierarchy", "MNIST-1D")
ENTRIES = (*((name, "own") for name in RACED), *(("LM", mean) for mean in list(TEACHER_MEANS)[1:]))
PER_METHOD = ("mean", "half", "final", "per_class")
METRICS = ("accuracy", "agreement", "kl", "centred_error", "mean_gap")


class Setting(NamedTuple):
    """What a race is run on: data set, transfer samples, share of wrong labels, a class that is left out or "none"."""

    data: str = "digits"
    n: int = 100
    noise: float = 0.0
    missing: str = "none"

    @property
    def name(self):
        """The name of the setting in a recording.

        >>> Setting().name
        'digits-100-0-none'
        """
        return f"{self.data}-{self.n}-{self.noise:g}-{self.missing}"


class Race(NamedTuple):
    """A race of C methods over S seeds; NaN for those that did not take part.

    step (t,); `mean` and `half` (C, M, t): means over the seeds and half widths of their 95 % intervals, M as in
    METRICS; final (C, M, S) after the last step so far; per_class (C, S, K) accuracy; `teacher` its test accuracy,
    `teacher_mean` its mean logit on the test set. `mean_gap` is c_s − c_t.
    """

    step: np.ndarray
    mean: np.ndarray
    half: np.ndarray
    final: np.ndarray
    per_class: np.ndarray
    teacher: float
    teacher_mean: float


def race(step, measured, per_class, teacher, teacher_mean):
    """`Race` from `measured` (t, M, C, S) and per_class (C, S, K).

    >>> race([0], np.ones((1, 5, 2, 3)), np.ones((2, 3, 10)), 1.0, 0.0).mean.shape
    (2, 5, 1)
    """
    values = np.asarray(measured, dtype=float)
    mean, half = mean_interval(values, 3)  # (t, M, C)
    line = np.asarray(step, dtype=float)
    final = values[-1].swapaxes(0, 1)
    return Race(line, mean.T, half.T, final, per_class, teacher, teacher_mean)


def chosen(run, teacher_mean):
    """The race of METHODS with the teacher's mean at `teacher_mean`, from one of all ENTRIES: only LM depends on it.

    >>> full = race([0], np.ones((1, 5, len(ENTRIES), 3)), np.ones((len(ENTRIES), 3, 10)), 1.0, -4.0)
    >>> float(chosen(full, "20").mean[0, METRICS.index("mean_gap"), 0])
    -23.0
    """
    rows = [*range(len(RACED) - 1), ENTRIES.index(("LM", teacher_mean))]
    kept = run._replace(**{k: getattr(run, k)[rows] for k in PER_METHOD})
    return moved(spread(kept, tuple(RACED)), teacher_mean)


def spread(run, names):
    """The race of all METHODS from one of `names`; NaN for the others.

    >>> spread(race([0], np.ones((1, 5, 1, 3)), np.ones((1, 3, 10)), 1.0, 0.0), ("LM",)).mean[-3:, 0, 0].tolist()
    [nan, nan, 1.0]
    """
    rows = [METHODS.index(name) for name in names]

    def wide(values):
        full = np.full((len(METHODS), *values.shape[1:]), np.nan)
        full[rows] = values
        return full

    return run._replace(**{k: wide(getattr(run, k)) for k in PER_METHOD})


def named(shown):
    """The method that is drawn against steps: KD at a T of `HOT`, or another loss.

    >>> named("8")
    'KD T=8'
    """
    return shown if shown in OTHERS else f"KD T={shown}"


def moved(run, teacher_mean):
    """The race with c_s − c_t counted from the teacher's mean at `teacher_mean`.

    >>> run = race([0], np.zeros((1, 5, 2, 3)), np.ones((2, 3, 10)), 1.0, -4.0)
    >>> float(moved(run, "5").final[0, METRICS.index("mean_gap"), 0]), moved(run, "5").teacher_mean
    (-9.0, 5.0)
    """
    if TEACHER_MEANS[teacher_mean] is None:
        return run
    mean, final, at = run.mean.copy(), run.final.copy(), METRICS.index("mean_gap")
    mean[:, at] += run.teacher_mean - TEACHER_MEANS[teacher_mean]
    final[:, at] += run.teacher_mean - TEACHER_MEANS[teacher_mean]
    return run._replace(mean=mean, final=final, teacher_mean=TEACHER_MEANS[teacher_mean])


def pack(setting, run):
    """Arrays of a recording, their names beginning with the setting's.

    >>> run = race([0], np.ones((1, 5, 2, 3)), np.ones((2, 3, 10)), 1.0, -4.0)
    >>> sorted(pack(Setting(), run))[0]
    'digits-100-0-none/final'
    """
    held = {
        "step": run.step.astype(np.int16),
        **{name: rounded(getattr(run, name)) for name in ("mean", "half")},
        "final": run.final.astype(np.float32),
        "per_class": run.per_class.astype(np.float16),
        "teacher": np.array([run.teacher, run.teacher_mean], np.float32),
    }
    return {f"{setting.name}/{name}": array for name, array in held.items()}


def unpack(arrays, setting):
    """The `Race` of one setting from the arrays of a recording; None where it has none.

    >>> run = race([0], np.ones((1, 5, 2, 3)), np.ones((2, 3, 10)), 1.0, -4.0)
    >>> unpack(pack(Setting(), run), Setting()).teacher_mean, unpack({}, Setting())
    (-4.0, None)
    """
    if f"{setting.name}/step" not in arrays:
        return None
    step, mean, half, final, per_class = (arrays[f"{setting.name}/{name}"].astype(float) for name in Race._fields[:5])
    teacher, teacher_mean = map(float, arrays[f"{setting.name}/teacher"])
    return Race(step, mean, half, final, per_class, teacher, teacher_mean)
