"""What page 01 says: goal, question, tasks, reading, starting points. Numbers come from the page's compute."""

import numpy as np

from kdviz.figures.temperature_axis import GRID
from kdviz.lessons import Predict, Preset, Task
from kdviz.lessons.guides.controls import HELP, at
from kdviz.lessons.guides.controls import READING as SHARED
from kdviz.words import numerals as say

GOAL = "See what the temperature changes in a softmax, what it leaves alone, and why the loss is multiplied by T²."

SQUARED = (
    "Multiply the loss by T², as Hinton, Vinyals and Dean propose. Off: the bare KL, whose gradient shrinks "
    "as 1/T² at high T."
)

PREDICT = Predict(
    "T goes from 1 to 4. Which of these changes?",
    (
        "The logits of the teacher.",
        "Which class comes first, second, third …",
        "How evenly the probability is spread over the classes.",
        "All three.",
    ),
    2,
    "The softmax divides the logits by T; the logits stay as they are. Division by a positive number keeps their "
    "order, so the "
    "ranking of the classes stays too. Only the spread of the probabilities changes.",
)

PRESETS = {
    "classroom-default": Preset("A usual T", "T=4", "T = 4, the factor T² on: what most code does."),
    "confident-teacher": Preset(
        "A confident teacher",
        "T=1&family=confident&sigma=3",
        "Almost all on one class. Raise T and the rest becomes visible.",
    ),
    "cold": Preset("T = 0.5", "T=0.5", "Below 1 the softmax sharpens. Cold is confident here, as in physics."),
    "many-classes": Preset(
        "A thousand classes", "T=4&K=1000", "A thousand small probabilities: entropy sees them, the largest p hardly."
    ),
    "without-t2": Preset(
        "Without T²", "T=10&t2=0", "The gradient is 100 times smaller at T = 10. That is what T² makes good."
    ),
    "not-monotone": Preset(
        "More T, less gradient",
        "T=2&family=typed&zs=0, 0, 0&zt=2, 0, 0&K=3",
        "Even with T² the gradient is not simply growing with T.",
    ),
}

READING = (
    ("T", HELP["T"] + " Vertical lines mark it in the charts below; a click there sets it."),
    ("K", HELP["K"]),
    ("Logits", HELP["family"]),
    ("Factor T²", SQUARED),
    ("Upper panel", "Logits of teacher and student. No slider of T moves them."),
    ("Lower panel, upwards", "The teacher’s probabilities at T."),
    (
        "Lower panel, downwards",
        "The student’s probabilities at T, on the same scale. Labels are positive: it is a mirror.",
    ),
    ("Dotted lines in it", "1/K: where every probability goes as T grows."),
    ("Lines for K > 30", "Classes sorted by the teacher’s logit, the student’s values in the same order."),
    ("Entropy / log K", "0 % for certainty, 100 % when all classes are equally likely."),
    ("Largest p (dotted)", "The probability of the class that comes first."),
    ("Gradient with T²", "‖T(p<sub>s</sub> − p<sub>t</sub>)‖: it settles at a limit that is not zero."),
    ("Gradient without T²", "The same divided by T²: at high T a line that falls by a factor of 100 per decade of T."),
    ("c<sub>s</sub>, c<sub>t</sub>", "Means of the logits. They move the upper panel and nothing else on this page."),
    *SHARED,
)


def temperature_at(share, curve):
    """T at which an entropy curve (73,) reaches `share` of log K, by interpolation in log T."""
    return float(np.exp(np.interp(share, curve, np.log(GRID))))


def tasks(params, compute):
    """The tasks, with numbers from the page itself."""
    usual = at(params, compute, "")
    eighty = temperature_at(0.8, usual.curves.entropy_teacher)
    bare = at(params, compute, PRESETS["without-t2"].query)
    far = at(params, compute, "T=1000")
    top = int(far.teacher.argmax())
    rise = 1000 * (len(far.teacher) * far.p_teacher[top] - 1)
    first = [at(params, compute, f"T={t}&family=typed&zs=0 0 0&zt=2 0 0").gradient[0] for t in (1, 2, 4, 10, 100)]
    steps = ", ".join(f"{say.number(float(g))} at T = {t}" for g, t in zip(first, (1, 2, 4, 10, 100), strict=True))
    return (
        Task(
            "With the page as it opens: find the T at which the teacher’s entropy is 80 % of log K.",
            f"T ≈ {say.number(eighty)}. Try the same with another spread σ (under “More settings”): T/σ "
            "stays the same, since only z/T enters the softmax.",
        ),
        Task(
            "Switch “factor T²” off and set T = 10. By which factor does the gradient shrink?",
            f"By T² = 100, since the whole loss is divided by T²: from {say.number(bare.scaled)} to "
            f"{say.number(bare.plain)}. The factor is there to make up for the 1/T from the slope of z/T and the 1/T "
            "from probabilities that draw closer.",
        ),
        Task(
            "Set T = 1000. The bars look equal. Is what the teacher knows gone?",
            f"No, it has become small: p of the first class is {say.number(float(far.p_teacher[top]), 6)} instead "
            f"of 1/K, and T(Kp − 1) is "
            f"{say.number(float(rise))}, its logit above the mean "
            f"({say.number(float(far.teacher[top] - far.teacher.mean()))}). T² in the loss "
            "is what makes that count.",
        ),
        Task(
            "Choose “More T, less gradient” under “Presets …”. Does the gradient with T² grow with T?",
            f"Not always. In the first class it is {steps}: first larger, then smaller, then level.",
        ),
        Task(
            "Move c_s under “More settings”. What moves, and why not the rest?",
            "Only the student’s logits in the upper panel. A constant added to all logits is a common factor in the "
            "softmax and cancels.",
        ),
    )
