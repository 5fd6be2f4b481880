"""01: what T changes (how even the probabilities are, the size of the gradient) and what it leaves alone."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from kdviz.core import kernel
from kdviz.core.arrays import log_softmax
from kdviz.core.params import toggle
from kdviz.figures import temperature_axis
from kdviz.figures.softened import mirrored
from kdviz.figures.softening import evenness, gradient_size
from kdviz.lessons import CATALOGUE, Gauge, Lesson, Table, pair
from kdviz.lessons.guides import controls
from kdviz.lessons.guides import temperature as guide
from kdviz.words import numerals as say

BELOW_ONE, ABOVE_ZERO = np.nextafter(1.0, 0.0), np.finfo(float).tiny


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    temperature: float = controls.temperature(4.0)
    classes: int = controls.classes()
    family: str = controls.family(main=True)
    squared: bool = toggle(True, "factor T²", key="t2", help=guide.SQUARED, main=True)
    spread: float = controls.spread()
    seed: int = controls.seed()
    student_mean: float = controls.mean("cs", 0.0, main=False)
    teacher_mean: float = controls.mean("ct", 0.0, main=False)
    typed_student: str = controls.typed("zs")
    typed_teacher: str = controls.typed("zt")


@dataclass(frozen=True)
class Curves:
    """Over `temperature_axis.GRID`: entropies over log K, largest probabilities, gradient lengths."""

    entropy_teacher: np.ndarray
    entropy_student: np.ndarray
    top_teacher: np.ndarray
    top_student: np.ndarray
    scaled: np.ndarray
    plain: np.ndarray


@dataclass(frozen=True)
class Result:
    """Logits, probabilities (K,), entropies over log K, gradient (K,) with T², lengths with and without, curves."""

    params: Params
    student: np.ndarray
    teacher: np.ndarray
    p_student: np.ndarray
    p_teacher: np.ndarray
    entropy_student: float
    entropy_teacher: float
    gradient: np.ndarray
    scaled: float
    plain: float
    limit_size: float
    curves: Curves


def soften(logits, temperature):
    """Probabilities, entropy as a share of log K: (n, K), (n,) for logits (K,) and T (n,); T = ∞ gives 1/K and 1.

    What is below 1, or above 0, only by less than a float can tell stays on its side.
    """
    temperature = np.asarray(temperature, dtype=float)
    log_p = log_softmax(logits / temperature[..., None])
    p = np.minimum(np.exp(log_p), BELOW_ONE)
    level = np.isinf(temperature) | (np.ptp(logits) == 0)
    return p, np.where(level, 1.0, np.clip(-(p * log_p).sum(-1) / np.log(logits.size), ABOVE_ZERO, BELOW_ONE))


@lru_cache(maxsize=4)
def curves(*key):
    """`Curves` of one pair of logits; neither T nor the means matter."""
    student, teacher = pair.draw(*key)
    grid = temperature_axis.GRID
    (p_s, entropy_s), (p_t, entropy_t) = soften(student, grid), soften(teacher, grid)
    size = np.linalg.norm(kernel.kd_grad(student, teacher, grid), axis=-1)
    made = (entropy_t, entropy_s, p_t.max(-1), p_s.max(-1), size, size / grid**2)
    return Curves(*map(pair.frozen, made))


def compute(params):
    """The `Result` of `params`."""
    student, teacher = pair.draw(*pair.key(params))
    (p_s, entropy_s), (p_t, entropy_t) = soften(student, params.temperature), soften(teacher, params.temperature)
    gradient, limit = kernel.kd_grad(student, teacher, np.array([params.temperature, np.inf]))
    scaled = float(np.linalg.norm(gradient))
    return Result(
        params,
        student,
        teacher,
        p_s,
        p_t,
        float(entropy_s),
        float(entropy_t),
        gradient,
        scaled,
        scaled / params.temperature**2,
        float(np.linalg.norm(limit)),
        curves(*pair.key(params, centred=True)),
    )


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    top, temperature = int(result.teacher.argmax()), result.params.temperature
    here, plain = (say.share(float(p[top])) for p in (result.p_teacher, soften(result.teacher, 1.0)[0]))
    entropy = say.share(result.entropy_teacher)
    if np.isinf(temperature):
        told = [
            f"At T = ∞ every class has the probability 1/K, {here}; at T = 1 the teacher gives its top class, number "
            f"{top + 1}, {plain}. The entropy is {entropy} of log K. The logits are unchanged; the probabilities no "
            "longer order the classes."
        ]
    else:
        usual = "" if temperature == 1 else f"; at T = 1 it is {plain}"
        told = [
            f"At T = {say.tidy(temperature)} the teacher gives its top class, number {top + 1}, {here}{usual}. Its "
            f"entropy is {entropy} of log K. The logits and the order of the classes are what they were."
        ]
    if result.limit_size <= 1e-12 * (1 + np.abs(result.student).max()):
        shifted = " up to a constant" if result.params.student_mean != result.params.teacher_mean else ""
        return f"{told[0]} Student and teacher agree{shifted}, so the KD gradient is zero."
    size, bare = say.number(result.scaled), say.number(result.plain)
    if np.isinf(temperature):
        told.append(f"With T² the gradient keeps the length {size}, without T² it is 0.")
    elif temperature == 1:
        told.append(f"The KD gradient has length {size}; the factor T² is 1 here.")
    elif result.params.squared:
        told.append(f"The KD gradient has length {size}; without T² it would be {bare}.")
    else:
        told.append(
            f"Without T² the KD gradient has length {bare}; with it {size}, T² = {say.tidy(temperature**2)} times "
            f"as much."
        )
    return " ".join(told)


def formula(result):
    """LaTeX of the softmax for the teacher's top class, with its numbers."""
    top, temperature = int(result.teacher.argmax()), result.params.temperature
    n, z, p = top + 1, float(result.teacher[top]), float(result.p_teacher[top])
    symbols = rf"p^t_{{{n}}} = \frac{{\exp(z^t_{{{n}}}/T)}}{{\sum_j \exp(z^t_j/T)}}"
    if np.isinf(temperature):
        return rf"{symbols} \;\to\; \frac{{1}}{{K}} = \frac{{1}}{{{len(result.teacher)}}} = {say.tex(p)}"
    with np.errstate(over="ignore"):
        part, whole = np.exp(z / temperature), np.exp(result.teacher / temperature).sum()
    if not whole < 1e6:
        shifted = rf"\frac{{1}}{{\sum_j \exp\left((z^t_j-z^t_{{{n}}})/T\right)}}"
        return rf"{symbols} = {shifted} = \frac{{1}}{{{say.tex(1 / p)}}} = {say.tex(p)}"
    ratio = rf"\frac{{\exp({say.tex(z)}/{say.tex_tidy(temperature)})}}{{{say.tex(float(whole))}}}"
    return rf"{symbols} = {ratio} = \frac{{{say.tex(float(part))}}}{{{say.tex(float(whole))}}} = {say.tex(p)}"


def gauges(result):
    """Entropies, the teacher's largest probability, and the length of the gradient that the switch asks for."""
    size = result.scaled if result.params.squared else result.plain
    name = "‖gradient‖ with T²" if result.params.squared else "‖gradient‖ without T²"
    top = float(result.p_teacher.max())
    return (
        Gauge(
            "teacher: entropy / log K", result.entropy_teacher, 0.0, 1.0, "teacher", say.share(result.entropy_teacher)
        ),
        Gauge(
            "student: entropy / log K", result.entropy_student, 0.0, 1.0, "student", say.share(result.entropy_student)
        ),
        Gauge("teacher: largest p", top, 0.0, 1.0, "teacher", say.share(top)),
        Gauge(name, size, 0.0, say.reach(1.5 * result.limit_size), "kd", say.number(size)),
    )


def table(result):
    """Logits, probabilities and the gradient per class, with sums in the last row."""
    gradient = result.gradient if result.params.squared else result.gradient / result.params.temperature**2
    columns = (result.student, result.teacher, result.p_student, result.p_teacher, gradient)
    rows = [(i + 1, *(float(column[i]) for column in columns)) for i in range(len(result.student))]
    name = "KD gradient with T²" if result.params.squared else "KD gradient without T²"
    total = ("sum", *(float(column.sum()) for column in columns))
    return Table(("class", "z_s", "z_t", "p_s", "p_t", name), (*rows, total))


def softened(result):
    """Logits above, probabilities at T below."""
    return mirrored(result.teacher, result.student, result.p_teacher, result.p_student)


def pick(params, chart, x, y):
    """A click at `x` (a place of the T axis) into a chart over T sets T; None elsewhere."""
    return replace(params, temperature=temperature_axis.read(x)) if chart in (1, 2) else None


LESSON = Lesson(
    "01_temperature",
    CATALOGUE["01_temperature"],
    guide.GOAL,
    8,
    Params,
    compute,
    (softened, evenness, gradient_size),
    verdict,
    formula,
    gauges,
    table,
    guide.PREDICT,
    guide.tasks(Params, compute),
    guide.READING,
    guide.PRESETS,
    pick,
)
