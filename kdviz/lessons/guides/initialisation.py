"""What page 06 says: goal, question, tasks, reading, starting points. Numbers come from the page's compute."""

import numpy as np

from kdviz.core import heads
from kdviz.lessons import Predict, Preset, Task
from kdviz.lessons.guides.controls import at
from kdviz.lessons.initial_runs import paired, squares
from kdviz.words import numerals as say
from kdviz.words.numerals import SUPERSCRIPT

PRINTED = np.array([*heads.PRINTED.values()])  # (4,)
FAR = 3.0  # standard errors beyond which an average is said not to fit
TOO_CLOSE = 0.01  # chance below which averages are said to fit too well

GOAL = "Tell an average over many initialisations from one initialisation: only the second trains a student."

HELP = {
    "teacher": "The teacher’s network. The paper’s table has four; none of them is trained here.",
    "student": "The student’s network.",
    "bn": "Batch norm normalises by the image it sees (train) or by its running statistics, which are still 0 and 1 "
    "(eval). The paper does not say which.",
    "head": "How the last layer starts: PyTorch’s default, Glorot’s, He’s, or PyTorch’s weights with every bias at the "
    "prior probability, log(1/K).",
    "N": "Number of runs, each with its own seed, that enter the averages and the histogram. A live run makes as many.",
    "seed": "Which seeds a live run takes; the recorded runs stay.",
}

PREDICT = Predict(
    "Averaged over 6000 seeds, the mean logit of two fresh networks is 0 up to the third digit. What follows for c_s "
    "and c_t in one run?",
    (
        "They are equal, up to rounding.",
        "They are equal in most runs.",
        "Nothing: the average is near 0 however far apart they are in each run.",
    ),
    2,
    "An average over N independent runs shrinks as 1/√N, whatever one run does. KD and LM are compared within one run, "
    "where c_s − c_t is what it is.",
)

PRESETS = {
    "table-1": Preset(
        "Table 1 again", "N=6000", "Four ResNets, 6000 seeds each, PyTorch’s last layer, batch norm in train mode."
    ),
    "eval-mode": Preset(
        "Batch norm in eval mode", "bn=eval", "Nothing is normalised yet, and every block adds to the sum."
    ),
    "forty-runs": Preset("Forty runs", "N=40", "The same runs, fewer of them: only the averages change their size."),
    "prior-bias": Preset(
        "A bias that is not zero", "head=prior", "Every bias at log(1/K): the average has another place to go."
    ),
    "two-alike": Preset(
        "Two of a kind",
        "teacher=ResNet-20&student=ResNet-20",
        "The same architecture with two seeds: the means still differ.",
    ),
}

READING = (
    ("Teacher, student", "Two of the four networks of the paper’s Table 1, freshly initialised, 100 classes."),
    ("Batch norm", HELP["bn"]),
    (
        "Last layer",
        "PyTorch: U(±1/√d) for weights and bias, d = 64. Glorot: U(±√(6/(d + K))), He: U(±√(6/d)), no bias. prior: "
        "PyTorch’s weights, every bias log(1/K). Convolutions start by He’s rule throughout.",
    ),
    ("Runs N", HELP["N"] + " A click into the second chart sets it."),
    ("Seed", HELP["seed"]),
    (
        "The recorded runs",
        "6000 seeds of each network, in train and in eval mode, each on one image of standard normal pixels. Which "
        "images the paper took is not said; with the spectrum of photographs the sd in train mode changes by less than "
        "2 %. The four networks of a seed share draws of their convolutions, nothing "
        "else. All four last layers are made of the same recorded draws.",
    ),
    (
        "Filled area",
        "c<sub>s</sub> − c<sub>t</sub> over pairs of runs: run i of the student, run i + 1 of the teacher.",
    ),
    ("Dotted line over it", "What the area tends to, computed: given |h|², the difference is normal around 0."),
    ("c<sub>s</sub>, c<sub>t</sub>", "Mean over the 100 logits of one network for one image, before any training."),
    (
        "Funnel",
        "Average of the first N runs, and ± 1.96 standard errors around what is expected: 95 of 100 stay inside.",
    ),
    ("Standard error", "sd of one run over √N, exact: √((a<sub>w</sub>² E|h|² + a<sub>b</sub>²)/(3KN))."),
    ("Crosses", "The averages of Table 1 as printed in our copy of the paper."),
    (
        "z",
        "Distance of an average from what is expected, in standard errors. About one in 20 lies beyond ± 1.96; one is "
        f"said to fit here up to ± {FAR:.0f}.",
    ),
    ("What is expected", "0, or log(1/K) where every bias starts there."),
)


def tasks(params, compute):
    """The tasks, with numbers from the page itself."""
    usual, modest = at(params, compute, ""), at(params, compute, PRESETS["forty-runs"].query)
    evaluated, prior = (at(params, compute, PRESETS[name].query) for name in ("eval-mode", "prior-bias"))
    t = usual.pair[1]
    printed = heads.PRINTED["ResNet-44"]
    near = float((np.abs(usual.means[t]) > printed).mean())
    slips = [say.number(usual.printed_scores[t] / factor) for factor in (10, 100)]
    return (
        Task(
            "Choose “Forty runs” under “Presets …”, then N = 6000 again. Which of these change: sd of c_s − c_t in one "
            "run, standard error of the average?",
            f"Only the second: {say.number(modest.errors[t])} for {modest.params.runs} runs, "
            f"{say.number(usual.errors[t])} for {usual.params.runs}. The sd of c_s − c_t is {say.number(usual.offset)} "
            "in both: more runs do not bring the two networks of one run any closer.",
        ),
        Task(
            f"The table of our copy gives {as_printed(printed)} for ResNet-44. How unusual is that for one run, and "
            "for an average of 6000?",
            f"For one run not at all: {say.percent(near)} of the recorded runs are further from 0. For the average it "
            f"is {say.number(usual.printed_scores[t])} standard errors. With the exponent −3 it would be {slips[0]}, "
            f"with −4 {slips[1]}.",
        ),
        Task(
            "Could batch norm in eval mode explain it? Choose “Batch norm in eval mode” under “Presets …”.",
            f"Its size, yes: one run has sd {say.number(evaluated.deviations[t])} there, and {as_printed(printed)} is "
            f"{say.number(evaluated.printed_scores[t])} standard errors. But then all four averages of the table lie "
            f"closer to 0 than chance allows: {say.number(float(heads.too_close(evaluated.printed_scores)))}. Which "
            "mode, images and initialisation the paper took is not said, so this cannot be settled from it.",
        ),
        Task(
            "Proposition 1 of the paper asks for zero-mean parameters. Choose “A bias that is not zero” under "
            "“Presets …”: what happens to the averages, and what to c_s − c_t?",
            f"The averages run to log(1/100) = {say.number(prior.level)}. The difference keeps its spread, "
            f"{say.number(prior.offset)} against {say.number(usual.offset)}: the same constant stands on both sides.",
        ),
        Task(
            "What would make c_s = c_t true in every run?",
            "Taking the class mean out of the last layer, W − w̄ and b − b̄, in student and teacher: then c = 0 for "
            "every input. Page 04 does it.",
        ),
    )


def where(level):
    """The words for what an average is expected to be."""
    return say.number(level) if level else "0"


def as_printed(x):
    """A number in the form of the paper's table.

    >>> as_printed(0.025)
    '2.50×10⁻²'
    """
    mantissa, power = f"{x:.2e}".replace("-", "−", int(x < 0)).split("e")
    return f"{mantissa}×10{str(int(power)).translate(SUPERSCRIPT)}"


def printed_verdict(result):
    """What the averages that our copy prints say at this state, in sentences."""
    scores = result.printed_scores
    far = [i for i, z in enumerate(scores) if abs(z) > FAR]
    if result.level:
        return [
            f"Every bias starts at log(1/K) = {say.number(result.level)}: Proposition 1 does not apply here, and the "
            "averages printed in our copy belong to another initialisation. The constant cancels in c_s − c_t."
        ]
    if far:
        count = len(scores)
        listed = ", ".join(
            f"{as_printed(PRINTED[i])} for {heads.NETWORKS[i]} is {say.number(scores[i])} standard errors off"
            for i in far
        )
        why = explained(result, far[0]) if len(far) == 1 else ""
        return [f"Of the {count} averages printed in our copy {count - len(far)} fit; {listed}{why}."]
    told = [f"The averages printed in our copy lie within {say.number(np.abs(scores).max())} standard errors of 0."]
    chance = heads.too_close(scores)
    if chance < TOO_CLOSE:
        told.append(f"That is nearer than chance brings {len(scores)} averages: probability {say.number(chance)}.")
    return told


def explained(result, i):
    """What would explain the printed average of network `i`, as the end of a sentence."""
    slip = result.printed_scores[i] / 100
    other = heads.deviation(heads.heads()[result.params.head], squares("eval"))[i] / np.sqrt(heads.RUNS)
    return (
        f". With the exponent −4 it would be {say.number(slip)}, in eval mode {say.number(PRINTED[i] / other)}; the "
        "paper does not say enough to settle it"
    )


def live_verdict(result):
    """What the runs made on this page say, in sentences; none where nothing was run."""
    if result.live is None or min(map(len, result.live.means)) < 2:
        return []
    s, t = result.pair
    own = result.live.means[t]
    error = result.deviations[t] / np.sqrt(len(own))
    apart = paired(result.live.means[s], own)
    return [
        f"Your runs, {len(own)} so far: c_t {say.number(own.mean())} ± {say.number(error)}, and "
        f"c_s − c_t is {say.number(np.sqrt(np.mean(apart**2)))} in root mean square."
    ]
