"""05: the same student trained by different losses, many seeds each, paired: who is ahead, by how much, how surely."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from kdviz.core import intervals, recorded
from kdviz.core.params import knob
from kdviz.pages import controls
from kdviz.pages.training_race import runs
from kdviz.pages.training_race.words import W

TRANSFER = ("20", "30", "50", "100", "200", "400", "1200")
LOOKS = {"agreement": "agreement", "KL": "kl", "centred error": "centred_error", "mean offset": "mean_gap"}
NAMES = {name: loss.label or name for name, loss in runs.OTHERS.items()}  # as people read them
MISSING = ("none", *"0123456789")
PRESETS = {
    "classroom-default": "n=100",
    "few-images": "n=30",
    "all-labels": "n=1200",
    "mean-20": "off=20",
    "mean-0": "off=0",
    "unseen-digit": "n=400&miss=3",
    "hot-is-worse": "data=MNIST-1D&n=400&kd=4",
    "wrong-labels": "n=1200&noise=40 %",
}


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    transfer: str = controls.option(W, "100", "n", TRANSFER, main=True)
    shown: str = controls.option(W, "8", "kd", (*runs.HOT, *NAMES), NAMES, main=True)
    teacher_mean: str = controls.option(W, "own", "off", runs.TEACHER_MEANS, W.TEACHER_MEANS, main=True)
    look: str = controls.option(W, "agreement", "look", LOOKS, W.LOOKS, main=True)
    data: str = controls.option(W, "digits", "data", runs.DATA, W.DATA)
    noise: str = controls.option(W, "0", "noise", runs.NOISES)
    missing: str = controls.option(W, "none", "miss", MISSING, W.MISSING)
    seeds: int = knob(runs.SEEDS, W.LABEL["seeds"], 3, 40, integer=True, key="seeds", help=W.HELP["seeds"], main=False)
    seed: int = controls.seed(W.HELP["seed"])


@dataclass(frozen=True)
class Result:
    """The race of METHODS at one setting, recorded and live; None where there is none."""

    params: Params
    recorded: runs.Race | None
    live: runs.Race | None = None

    @property
    def race(self):
        """The race to show: the live one where there is one."""
        return self.live or self.recorded

    @property
    def shown(self):
        """The method that is drawn against steps."""
        return runs.named(self.params.shown)

    @property
    def raced(self):
        """The methods that took part, (C,) booleans; none without a race."""
        return np.isfinite(self.race.final[:, 0]).all(1) if self.race else np.zeros(len(runs.METHODS), bool)

    @property
    def known(self):
        """Whether the method that is drawn against steps took part."""
        return bool(self.raced[runs.METHODS.index(self.shown)])

    @cached_property
    def ends(self):
        """Final accuracies and half widths of their 95 % intervals, (C,) each; None without a race."""
        return None if self.race is None else intervals.mean_interval(self.race.final[:, 0], 1)

    @cached_property
    def gains(self):
        """Gains over the baseline, paired by seed, and half widths of their 95 % intervals, (C,) each."""
        return None if self.race is None else intervals.mean_interval(self.race.final[:, 0] - self.race.final[0, 0], 1)

    def against(self, one, other):
        """`intervals.Paired` of the final accuracies of two methods."""
        one, other = (self.race.final[runs.METHODS.index(name), 0] for name in (one, other))
        return intervals.paired(one, other)


def setting(params):
    """What the race of `params` is run on."""
    return runs.Setting(params.data, int(params.transfer), runs.NOISES[params.noise], params.missing)


@lru_cache(maxsize=32)
def stored(where, teacher_mean):
    """The recorded `Race` at a setting; None where there is none."""
    run = runs.unpack(recorded.load("race"), where)
    return None if run is None else runs.chosen(run, teacher_mean)


def compute(params):
    """The `Result` of `params` from the recording, which holds twenty seeds of some settings."""
    held = params.seed == 0 and params.seeds == runs.SEEDS
    return Result(params, stored(setting(params), params.teacher_mean) if held else None)
