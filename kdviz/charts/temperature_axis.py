"""The temperature axis that sweeps share: a log scale with a place of its own for T = ∞ at the right."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kdviz.charts import theme
from kdviz.words import numerals


@dataclass(frozen=True)
class TemperatureAxis:
    """An axis of temperatures from `low` to `high`, with ∞ one decade further.

    >>> axis = TemperatureAxis(0.05, 1e6)
    >>> axis.place(20.0), axis.place(float("inf")), len(axis.grid)
    (20.0, 10000000.0, 73)
    """

    low: float
    high: float

    @property
    def infinity(self) -> float:
        """Where T = ∞ is drawn; the tick there says ∞."""
        return 10 * self.high

    @cached_property
    def grid(self) -> np.ndarray:
        """(73,) temperatures of every sweep, about ten per decade, both ends included; read-only."""
        found = np.geomspace(self.low, self.high, 73)
        found.setflags(write=False)
        return found

    def place(self, temperature: float) -> float:
        """Position of a temperature on the axis; infinity has the last place."""
        return self.infinity if np.isinf(temperature) else float(np.clip(temperature, self.low, self.high))

    def now(self, temperature: float) -> tuple[float, str, float]:
        """(place, label, place of the label) of the current T; a label at the edge would run into the ticks of y.

        >>> TemperatureAxis(0.05, 1e6).now(0.05)
        (0.05, 'T = 0.05', 0.3)
        """
        place = self.place(temperature)
        return place, label(temperature), float(np.clip(place, round(6 * self.low, 9), 3 * self.high))

    def axis(self, title: str) -> dict[str, Any]:
        """The x axis of a sweep: a tick per decade and one for ∞."""
        powers = range(int(np.ceil(np.log10(self.low))), int(np.log10(self.infinity)))
        ticks, names = [*(10.0**p for p in powers), self.infinity], [*map(numerals.decade, powers), "∞"]
        low, high = float(np.log10(self.low)) - 0.1, float(np.log10(self.infinity)) + 0.35
        return theme.log_axis(title, round(low, 1), round(high, 2), tickvals=ticks, ticktext=names)

    def read(self, x: float) -> float:
        """The temperature at a place of the axis, as a click gives it, to three digits.

        >>> TemperatureAxis(0.05, 1e6).read(20.04), TemperatureAxis(0.05, 1e6).read(8e6)
        (20.0, inf)
        """
        return float("inf") if x > 3 * self.high else float(f"{min(max(x, self.low), self.high):.3g}")


def label(temperature: float) -> str:
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
    return f"T = {'' if digits == '1' else digits + '×'}10{str(int(power)).translate(numerals.SUPERSCRIPT)}"
