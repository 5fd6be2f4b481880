"""What page 02 says: goal, question, tasks, reading, starting points. Numbers come from the page's compute."""

from kdviz.core.limits import temperature_for
from kdviz.lessons import Predict, Preset, Task
from kdviz.lessons.guides.controls import HELP, at
from kdviz.lessons.guides.controls import READING as SHARED
from kdviz.words import numerals as say

GOAL = "See when the KD gradient is the LM gradient: what a high T closes, and what only equal means close."

PREDICT = Predict(
    "The logits’ means differ: c_s − c_t = 2. You raise T to a million. What becomes of the gap between the KD and "
    "the LM gradient?",
    (
        "It vanishes: at high T, KD is LM.",
        "It becomes the same number in every class, and stays.",
        "It grows, because the loss is multiplied by T².",
        "It vanishes in some classes and stays in others.",
    ),
    1,
    "The softmax ignores the mean, at any T. KD’s gradient goes to LM on centred logits; LM’s gradient is larger by "
    "(c_s − c_t)/K in every class. A high T closes the rest of the gap, never this part.",
)

PRESETS = {
    "classroom-default": Preset(
        "A usual T, equal means", "T=4&cs=0&ct=0", "T = 4 is popular. Is it a high temperature? The gap to LM says."
    ),
    "hinton-limit": Preset(
        "T = 100, equal means", "T=100&cs=0&ct=0", "Both conditions hold: KD and LM pull almost alike."
    ),
    "mean-trap": Preset(
        "T = 100, means 2 apart",
        "T=100&cs=2&ct=0",
        "The temperature is high, and still KD is far from LM: the means differ.",
    ),
    "cold": Preset("T = 0.5", "T=0.5&cs=0&ct=0", "Cold: KD only looks at the top classes, LM at all of them."),
    "many-classes": Preset(
        "A thousand classes",
        "T=4&K=1000&cs=2&ct=0",
        "With K = 1000 the same difference of the means is a small part of the gap.",
    ),
    "float32-floor": Preset(
        "T = 10⁶ in float32",
        "T=1000000&cs=0&ct=0",
        "In exact arithmetic the gap is tiny; float32 as usually written loses it again.",
    ),
    "sign-test": Preset(
        "The sum test",
        "T=100&cs=2&ct=0&printed=1",
        "Three candidates for the limit; Eq. 5 of the paper says which one can be right.",
    ),
}

READING = (
    ("T", HELP["T"] + " The vertical line in the second chart marks it; a click there sets it."),
    (
        "c<sub>s</sub>, c<sub>t</sub>",
        "Means of the logits. Moving one moves every LM mark by the same amount and no KD mark at all.",
    ),
    ("K", HELP["K"] + " With two classes the 1/T term of the gap cancels and 1/T² decides."),
    (
        "Filled circle, KD at T",
        "T(p<sub>s</sub> − p<sub>t</sub>): the slope of T²·KL in this class. Below zero the logit is pushed up.",
    ),
    ("Open square, LM", "(z<sub>s</sub> − z<sub>t</sub>)/K: the slope of logits matching."),
    ("Open diamond, KD at T = ∞", "LM on centred logits. When the circle sits inside the diamond, T is high enough."),
    ("Thin line", "From KD to LM in one class. When all have the same length, only the means are left."),
    ("Cross, as printed in our copy", "Eq. 7 with its +. Compare the sums on the meters: Eq. 5 asks for 0."),
    (
        "Lines for K > 30",
        "Classes sorted by the limit gradient. Then LM and the limit are parallel: their distance is (c<sub>s</sub> "
        "− c<sub>t</sub>)/K.",
    ),
    ("To the limit", "Length of the difference between KD’s gradient and its limit, divided by the limit’s length."),
    ("To LM", "The same to LM. Where it levels off, the means decide and T no longer helps."),
    (
        "Leading term",
        "‖e<sub>1</sub>‖/T, from the expansion in 1/T. A straight line of slope −1; of slope −2 when e<sub>1</sub> "
        "is zero.",
    ),
    ("Bound", "A guarantee for every T from the ranges of the logits: loose, but never wrong."),
    ("float32 as usually written", "Rounding of two nearly equal probabilities, multiplied by T. It grows with T."),
    ("Star", "The T from which the exact gap to the limit stays within 1 %."),
    ("Σ meters", "Sum of a gradient over the classes. KD’s is 0 at every T; LM’s is c<sub>s</sub> − c<sub>t</sub>."),
    ("Cosine", "1 means the same direction. A cosine near 1 can hide a large gap in length, and the other way round."),
    *SHARED,
)


def tasks(params, compute):
    """The tasks, with numbers from the page itself."""
    equal = [at(params, compute, f"T={t}&cs=0&ct=0") for t in (30, 60)]
    half = [say.percent(r.now.relative) for r in equal]
    five = temperature_for(equal[0].student, equal[0].teacher, 0.05)
    two = [say.percent(at(params, compute, f"T={t}&cs=0&ct=0&K=2").now.relative) for t in (30, 60)]
    signs = at(params, compute, PRESETS["sign-test"].query).now
    sums = [say.number(float(value)) for value in (signs.sum_lm, signs.sum_printed)]
    rough = at(params, compute, PRESETS["float32-floor"].query)
    best = int(rough.curves.naive.argmin())
    return (
        Task(
            "Set both means to 0 and T to 30. Read the gap to the limit, guess it for T = 60, then look.",
            f"It halves: {half[0]} becomes {half[1]}. The leading term is e₁/T.",
        ),
        Task(
            "Still with equal means: what is the smallest T with a gap of at most 5 %?",
            f"T = {say.number(float(five))}. One reading is enough: gap times T is nearly constant, so T ≈ 30 · "
            f"{half[0]} / 5 %.",
        ),
        Task(
            "Set K = 2. What happens to the gap now when T doubles?",
            f"It falls to a quarter ({two[0]} at T = 30, {two[1]} at T = 60). Two centred logits are a and −a; "
            f"their squares "
            "are equal, so the 1/T term, which compares squares, is zero.",
        ),
        Task(
            "Set T = 100, c_s = 2, c_t = 0 and switch on “as printed in our copy” right above the charts. Which of "
            "the three candidates for KD’s limit can be right? One sum per candidate is enough.",
            f"KD’s gradient sums to 0 at every T (Eq. 5). LM’s sums to {sums[0]}, the printed form to {sums[1]}; "
            f"the form with − sums "
            "to 0. For equal means the limit is LM with either sign.",
        ),
        Task(
            "Set T to 10⁶ with equal means. Why does the float32 curve turn up again?",
            f"All probabilities are close to 1/K; float32 keeps about seven digits of each, the difference is lost "
            f"and T multiplies what "
            f"is left. At T = 10⁶ it is {say.percent(rough.naive)} off; its best is "
            f"{say.percent(float(rough.curves.naive[best]))}.",
        ),
    )
