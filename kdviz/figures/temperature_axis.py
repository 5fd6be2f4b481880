"""The temperature axis all sweeps share: 0.05 … 10⁶ on a log scale, with a place of its own for T = ∞ at the right."""

import numpy as np

from kdviz.figures import theme

LOW, HIGH = 0.05, 1e6
INFINITY = 1e7  # where T = ∞ is drawn; the tick there says ∞

# (97,) temperatures of every sweep, 13 or so per decade, both ends included
GRID = np.geomspace(LOW, HIGH, 97)
GRID.setflags(write=False)


def place(temperature):
    """Position of a temperature on the axis; infinity has the last place.

    >>> place(20.0), place(float("inf"))
    (20.0, 10000000.0)
    """
    return INFINITY if np.isinf(temperature) else float(np.clip(temperature, LOW, HIGH))


def label(temperature):
    """The words `T = …` drawn beside the marker of the current temperature.

    >>> label(20.0), label(2.5e5), label(float("inf"))
    ('T = 20', 'T = 2.5×10<sup>5</sup>', 'T = ∞')
    """
    if np.isinf(temperature):
        return "T = ∞"
    if temperature < 1e4:
        return f"T = {temperature:.3g}"
    digits, power = f"{temperature:.2e}".split("e")
    digits = digits.rstrip("0").rstrip(".")
    return f"T = {'' if digits == '1' else digits + '×'}10<sup>{int(power)}</sup>"


def axis(title="temperature T"):
    """The x axis of a sweep: a tick per decade and one for ∞."""
    names = ["0.1", "1", "10", "100", "10³", "10⁴", "10⁵", "10⁶", "∞"]
    ticks = [*(10.0**np.arange(-1, 7)), INFINITY]
    return theme.log_axis(title, -1.4, 7.35, tickmode="array", tickvals=[float(t) for t in ticks], ticktext=names)


def read(x):
    """The temperature at a place of the axis, as a click gives it, to three digits.

    >>> read(20.04), read(8e6)
    (20.0, inf)
    """
    return float("inf") if x > 3e6 else float(f"{min(max(x, LOW), HIGH):.3g}")
