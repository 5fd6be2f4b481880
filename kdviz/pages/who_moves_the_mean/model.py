"""04: what keeps its value while a network is trained, the mean logit or the class mean of the last layer?"""

from dataclasses import dataclass, field
from functools import lru_cache

from kdviz.core import recorded
from kdviz.core.params import toggle
from kdviz.pages import controls
from kdviz.pages.who_moves_the_mean import traces
from kdviz.pages.who_moves_the_mean.words import W

PRESETS = {
    "paper-setting": "net=free logits",
    "through-a-network": "net=MLP",
    "adam-breaks-it": "opt=Adam",
    "decay-wins": "wd=0.02",
    "centred-start": "centre=1",
    "lm-follows": "loss=LM&off=5",
}
RECORDED_SEED = 0
NAMES = {name: loss.label or name for name, loss in traces.OTHERS.items()} | W.LOSSES  # of losses, as people read them
ROUNDING = 1e-9  # float64 drifts by less in 600 steps; what moves, moves by far more
HELD = 1e-6  # change of a mean logit, in logit units, that counts as none


@dataclass(frozen=True)
class Params:
    """What can be turned on the page."""

    loss: str = controls.option(W, "KD at T=4", "loss", traces.LOSSES, NAMES, main=True)
    student: str = controls.option(W, "MLP", "net", traces.STUDENTS, W.STUDENTS, main=True)
    optimiser: str = controls.option(W, "SGD", "opt", traces.OPTIMISERS, W.OPTIMISERS, main=True)
    decay: str = controls.option(W, "0", "wd", traces.DECAYS, main=True)
    at_start: bool = toggle(False, W.LABEL["centre"], key="centre", help=W.HELP["centre"])
    each_pass: bool = toggle(False, W.LABEL["always"], key="always", help=W.HELP["always"])
    teacher_mean: str = controls.option(W, "own", "off", traces.TEACHER_MEANS, W.TEACHER_MEANS)
    seed: int = controls.seed(W.HELP["seed"])


@dataclass(frozen=True)
class Result:
    """The runs of all optimisers at one setting: {optimiser: MeanTrace}, recorded and live.

    `factor` (n,) is the share of w̄ that weight decay alone leaves of the chosen optimiser, None without decay and for
    Adam; `teacher` mean, 5 % and 95 % quantile of c_t over the images, None where not known.
    """

    params: Params
    recorded: dict
    live: dict = field(default_factory=dict)
    teacher: tuple | None = None

    def trace(self, optimiser):
        """The run to show for one optimiser: the live one where there is one; None where there is neither."""
        return self.live.get(optimiser) or self.recorded.get(optimiser)

    @property
    def factor(self):
        """(n,) what weight decay alone leaves of w̄ under the chosen optimiser; None where nothing can be predicted."""
        p = self.params
        if p.decay == "0" or p.optimiser not in ("SGD", "momentum"):
            return None
        axes = traces.STUDENTS.index(p.student), traces.OPTIMISERS.index(p.optimiser), traces.DECAYS.index(p.decay)
        return recorded.load("means")["factor"][axes]


def centring(params):
    """What is done to the last layer, by the names of the recording."""
    return "pass" if params.each_pass else "start" if params.at_start else "no"


@lru_cache(maxsize=16)
def stored(student, how, decay, run):
    """{optimiser: MeanTrace} of the recording."""
    arrays = recorded.load("means")
    return {o: traces.unpack(arrays, (student, how, o, decay, run)) for o in traces.OPTIMISERS}


def compute(params):
    """The `Result` of `params` from the recording, which holds one seed only, and the losses of this page only."""
    run = traces.run_of(params.loss, params.teacher_mean)
    if params.seed != RECORDED_SEED or run not in traces.RUNS:
        return Result(params, {})
    held = stored(params.student, centring(params), params.decay, run)
    teacher = recorded.load("means")["teacher"][list(traces.TEACHER_MEANS).index(params.teacher_mean)]
    return Result(params, held, teacher=tuple(map(float, teacher)))


def kept(trace):
    """Whether w̄ and b̄ are where they started, to rounding."""
    return bool(max(trace.head[-1], trace.bias[-1]) <= ROUNDING)
