"""What page 01 reads off a result: verdict, formula, meters, table, and the answers to its tasks."""

import numpy as np

from kdviz.pages import Gauge, Table, Task, controls, filled
from kdviz.pages.temperature.model import PRESETS, Params, compute, soften
from kdviz.pages.temperature.words import W
from kdviz.words import numerals


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    top, temperature = int(result.teacher.argmax()), result.params.temperature
    here, plain = (numerals.share(float(p[top])) for p in (result.p_teacher, soften(result.teacher, 1.0)[0]))
    sentence = W.UNIFORM if np.isinf(temperature) else W.AT_ONE if temperature == 1 else W.SOFTENED
    first = sentence.format(
        temperature=numerals.tidy(temperature),
        number=top + 1,
        here=here,
        plain=plain,
        entropy=numerals.share(result.entropy_teacher),
    )
    return f"{first} {length(result)}"


def length(result):
    """The sentence on the length of the gradient."""
    temperature = result.params.temperature
    if result.limit_size <= 1e-12 * (1 + np.abs(result.student).max()):
        return W.AGREE_SHIFTED if result.params.student_mean != result.params.teacher_mean else W.AGREE
    if np.isinf(temperature):
        sentence = W.LENGTH_UNIFORM
    elif temperature == 1:
        sentence = W.LENGTH_AT_ONE
    else:
        sentence = W.LENGTH if result.params.squared else W.LENGTH_PLAIN
    scaled, plain = numerals.number(result.scaled), numerals.number(result.plain)
    return sentence.format(scaled=scaled, plain=plain, square=numerals.tidy(temperature**2))


def formula(result):
    """LaTeX of the softmax for the teacher's top class, with its numbers."""
    top, temperature = int(result.teacher.argmax()), result.params.temperature
    n, z, p = top + 1, float(result.teacher[top]), float(result.p_teacher[top])
    symbols = rf"p^t_{{{n}}} = \frac{{\exp(z^t_{{{n}}}/T)}}{{\sum_j \exp(z^t_j/T)}}"
    if np.isinf(temperature):
        return rf"{symbols} \;\to\; \frac{{1}}{{K}} = \frac{{1}}{{{len(result.teacher)}}} = {numerals.tex(p)}"
    with np.errstate(over="ignore"):
        part, whole = np.exp(z / temperature), np.exp(result.teacher / temperature).sum()
    if not whole < 1e6:
        shifted = rf"\frac{{1}}{{\sum_j \exp\left((z^t_j-z^t_{{{n}}})/T\right)}}"
        return rf"{symbols} = {shifted} = \frac{{1}}{{{numerals.tex(1 / p)}}} = {numerals.tex(p)}"
    ratio = rf"\frac{{\exp({numerals.tex(z)}/{numerals.tex_tidy(temperature)})}}{{{numerals.tex(float(whole))}}}"
    numbers = rf"\frac{{{numerals.tex(float(part))}}}{{{numerals.tex(float(whole))}}} = {numerals.tex(p)}"
    return rf"{symbols} = {ratio} = {numbers}"


def gauges(result):
    """Entropies, the teacher's largest probability, and the length of the gradient that the switch asks for."""
    squared, top = result.params.squared, float(result.p_teacher.max())
    shares = (
        (W.ENTROPY_TEACHER, result.entropy_teacher, "teacher"),
        (W.ENTROPY_STUDENT, result.entropy_student, "student"),
        (W.TOP_TEACHER, top, "teacher"),
    )
    size = result.scaled if squared else result.plain
    end = numerals.reach(1.5 * result.limit_size)
    length = W.LENGTH_WITH if squared else W.LENGTH_WITHOUT
    return (
        *(Gauge(label, value, 0.0, 1.0, role, numerals.share(value)) for label, value, role in shares),
        Gauge(length, size, 0.0, end, "kd", numerals.number(size)),
    )


def table(result):
    """Logits, probabilities and the gradient per class, with sums in the last row."""
    squared = result.params.squared
    gradient = result.gradient if squared else result.gradient / result.params.temperature**2
    columns = (result.student, result.teacher, result.p_student, result.p_teacher, gradient)
    rows = [(i + 1, *(float(column[i]) for column in columns)) for i in range(len(result.student))]
    total = (W.SUM, *(float(column.sum()) for column in columns))
    name = W.GRADIENT_WITH if squared else W.GRADIENT_WITHOUT
    return Table((W.CLASS, "z_s", "z_t", "p_s", "p_t", name), (*rows, total))


def temperature_at(share, curve):
    """T at which an entropy curve (73,) reaches `share` of log K, by interpolation in log T."""
    return float(np.exp(np.interp(share, curve, np.log(controls.SWEEP.grid))))


def answers():
    """The tasks, with numbers from the page itself."""
    usual, bare, far = (controls.at(Params, compute, query) for query in ("", PRESETS["without-t2"], "T=1000"))
    top, tried = int(far.teacher.argmax()), (1, 2, 4, 10, 100)
    first = [controls.at(Params, compute, f"T={t}&family=typed&zs=0 0 0&zt=2 0 0").gradient[0] for t in tried]
    listed = (numerals.number(float(gradient)) for gradient in first)
    numbers = {
        "eighty": numerals.number(temperature_at(0.8, usual.curves.entropy_teacher)),
        "scaled": numerals.number(bare.scaled),
        "plain": numerals.number(bare.plain),
        "top": numerals.number(float(far.p_teacher[top]), 6),
        "rise": numerals.number(float(1000 * (len(far.teacher) * far.p_teacher[top] - 1))),
        "above": numerals.number(float(far.teacher[top] - far.teacher.mean())),
        "steps": ", ".join(W.STEP.format(gradient=g, temperature=t) for g, t in zip(listed, tried, strict=True)),
    }
    return tuple(Task(*pair) for pair in filled(W.TASKS, **numbers))
