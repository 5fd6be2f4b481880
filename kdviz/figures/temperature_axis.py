"""The temperature axis all sweeps share: 0.05 … 10⁶ on a log scale, with a place of its own for T = ∞ at the right."""

import numpy as np

from kdviz.figures import theme

LOW, HIGH = 0.05, 1e6
INFINITY = 1e7  # where T = ∞ is drawn; the tick there says ∞

# (73,) temperatures of every sweep, ten per decade, both ends included
GRID = np.geomspace(LOW, HIGH, 73)
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
    ('T = 20', 'T = 2.5×10⁵', 'T = ∞')
    """
    if np.isinf(temperature):
        return "T = ∞"
    if temperature < 1e4:
        return f"T = {temperature:.3g}"
    digits, power = f"{temperature:.2e}".split("e")
    digits = digits.rstrip("0").rstrip(".")
    return f"T = {'' if digits == '1' else digits + '×'}{theme.decade(int(power))}"


def now(temperature):
    """(place, label, place of the label) of the current temperature; a label at the edge would run into the ticks of y.

    >>> now(0.05)
    (0.05, 'T = 0.05', 0.3)
    """
    return place(temperature), label(temperature), float(np.clip(place(temperature), 0.3, 3e6))


def axis(title="temperature T"):
    """The x axis of a sweep: a tick per decade and one for ∞."""
    powers = range(-1, 7)
    ticks, names = [*(10.0**p for p in powers), INFINITY], [*map(theme.decade, powers), "∞"]
    return theme.log_axis(title, -1.4, 7.35, tickvals=ticks, ticktext=names)


def read(x):
    """The temperature at a place of the axis, as a click gives it, to three digits.

    >>> read(20.04), read(8e6)
    (20.0, inf)
    """
    return float("inf") if x > 3e6 else float(f"{min(max(x, LOW), HIGH):.3g}")
