"""05: the same student trained by different losses, many seeds each, paired: who is ahead, by how much, how surely."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from kdviz.core import intervals, recorded
from kdviz.core import race_runs as runs
from kdviz.core.params import choice, knob
from kdviz.figures.contestants import contestant, finals
from kdviz.figures.race import LOOKS, accuracy, closer
from kdviz.lessons import CATALOGUE, Gauge, Lesson, Progress, Table, race_words
from kdviz.lessons.guides import training_race as guide
from kdviz.words import numerals as say

TRANSFER = ("20", "30", "50", "100", "200", "400", "1200")
NOISES = {"0": 0.0, "20 %": 0.2, "40 %": 0.4}
DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    transfer: str = choice("100", "samples n", TRANSFER, key="n", help=guide.HELP["transfer"], main=True)
    shown: str = choice("8", "KD at T", runs.HOT, key="kd", help=guide.HELP["shown"], main=True)
    offset: str = choice("own", "teacher’s mean", runs.OFFSETS, key="off", help=guide.HELP["offset"], main=True)
    look: str = choice("agreement", "look at", LOOKS, key="look", help=guide.HELP["look"], main=True)
    data: str = choice("digits", "data set", runs.DATA, key="data", help=guide.HELP["data"])
    noise: str = choice("0", "wrong labels", NOISES, key="noise", help=guide.HELP["noise"])
    missing: str = choice("none", "class left out", ("none", *DIGITS), key="miss", help=guide.HELP["missing"])
    seeds: int = knob(runs.SEEDS, "seeds", 3, 40, integer=True, key="seeds", help=guide.HELP["seeds"], main=False)
    seed: int = knob(0, "seed", 0, 9999, integer=True, key="seed", help=guide.HELP["seed"], main=False)


@dataclass(frozen=True)
class Result:
    """The race of CONTESTANTS at one setting, recorded and live; None where there is none."""

    params: Params
    recorded: runs.Race | None
    live: runs.Race | None = None

    @property
    def race(self):
        """The race to show: the live one where there is one."""
        return self.live or self.recorded

    @cached_property
    def ends(self):
        """Final accuracies and half widths of their 95 % intervals, (C,) each; None without a race."""
        return None if self.race is None else intervals.mean_interval(self.race.final[:, 0], 1)

    @cached_property
    def gains(self):
        """Gains over the student alone, paired by seed, and half widths of their 95 % intervals, (C,) each."""
        return None if self.race is None else intervals.mean_interval(self.race.final[:, 0] - self.race.final[0, 0], 1)

    def against(self, one, other):
        """`intervals.Paired` of the final accuracies of two contestants."""
        one, other = (self.race.final[runs.CONTESTANTS.index(name), 0] for name in (one, other))
        return intervals.paired(one, other)


def setting(params):
    """What the race of `params` is run on."""
    return runs.Setting(params.data, int(params.transfer), NOISES[params.noise], params.missing)


@lru_cache(maxsize=32)
def stored(where, offset):
    """The recorded `Race` at a setting; None where there is none."""
    run = runs.unpack(recorded.load("race"), where)
    return None if run is None else runs.chosen(run, offset)


def compute(params):
    """The `Result` of `params` from the recording, which holds twenty seeds of some settings."""
    held = params.seed == 0 and params.seeds == runs.SEEDS
    return Result(params, stored(setting(params), params.offset) if held else None)


def train(params):
    """Live: all contestants over all seeds at once; a generator of `Progress`."""
    from kdviz.train.race import follow

    result = compute(params)
    entries = [(name, params.offset) for name in runs.CONTESTANTS]
    for race in follow(entries, setting(params), params.seed, params.seeds):
        step = int(race.step[-1])
        live = runs.moved(race, params.offset)
        yield Progress(replace(result, live=live), step, runs.STEPS, f"step {step} of {runs.STEPS}")


def formula(result):
    """LaTeX of the paired gain of KD at the chosen T over the student alone, with its 95 % interval."""
    symbols = r"\text{gain} = \frac{1}{S}\sum_{s=1}^{S} \left(a_s^{\text{KD}} - a_s^{\text{alone}}\right)"
    if result.race is None:
        return symbols
    gain = result.against(f"KD T={result.params.shown}", "alone")
    low, high = (say.tex(100 * (gain.mean + way * gain.half)) for way in (-1, 1))
    count = result.race.final.shape[-1]
    interval = rf"\text{{95 percent interval over }} S = {count}: \quad \left[{low},\, {high}\right]"
    return rf"{symbols} = {say.tex(100 * gain.mean)} \text{{ points}},\qquad {interval}"


def gauges(result):
    """Paired differences in percentage points, with their 95 % intervals."""
    kd = f"KD T={result.params.shown}"
    wanted = [
        (f"KD at T = {result.params.shown}, over alone", kd, "alone", "kd"),
        ("KD at T = ∞, over alone", "KD T=∞", "alone", "limit"),
        ("LM, over alone", "LM", "alone", "lm"),
        ("KD at T = ∞, over LM", "KD T=∞", "LM", "limit"),
    ]
    if result.race is None:
        return tuple(Gauge(label, float("nan"), -10.0, 10.0, role, "") for label, _, _, role in wanted)
    found = [result.against(one, other) for _, one, other, _ in wanted]
    reach = say.reach(100 * max(abs(gain.mean) for gain in found), 10.0)
    return tuple(
        Gauge(label, 100 * gain.mean, -reach, reach, role, race_words.points(gain))
        for (label, _, _, role), gain in zip(wanted, found, strict=True)
    )


def table(result):
    """One row per contestant: accuracy and gain with their intervals, p of no gain, the other measures at the end."""
    header = (
        "contestant", "accuracy", "±", "gain over alone", "±", "p of no gain", "agreement", "KL to the teacher",
        "centred-logit error", "mean offset",
    )  # fmt: skip
    if result.race is None:
        return Table(header, tuple((name, *[float("nan")] * 9) for name in runs.CONTESTANTS))
    rows = []
    for i, name in enumerate(runs.CONTESTANTS):
        gain = result.against(name, "alone")
        mean, half = (float(values[i]) for values in result.ends)
        rows.append((name, mean, half, *map(float, gain), *map(float, result.race.final[i, 1:].mean(-1))))
    return Table(header, tuple(rows))


def pick(params, chart, x, y):
    """A click on a contestant of KD in the second chart sets the T that is shown."""
    shown = contestant(x) if chart == 1 else None
    return replace(params, shown=shown) if shown else None


LESSON = Lesson(
    "05_training_race",
    CATALOGUE["05_training_race"],
    guide.GOAL,
    10,
    Params,
    compute,
    (accuracy, finals, closer),
    race_words.verdict,
    formula,
    gauges,
    table,
    guide.PREDICT,
    guide.tasks(Params, compute),
    guide.READING,
    guide.PRESETS,
    pick,
    train,
    views=("shown", "look"),
)
