"""Page 02 in English."""

from kdviz.words.en import HELP
from kdviz.words.en import READING as SHARED

TITLE = "The gradient gap"
GOAL = "See when the KD gradient is the LM gradient: what a high T closes, and what only equal means close."

HELP_PRINTED = "Also show the gradient of Eq. 7 with the sign that the paper prints."

PREDICT = {
    "question": "The logits’ means differ: c_s − c_t = 2. You raise T to a million. What becomes of the gap between "
    "the KD and the LM gradient?",
    "options": (
        "It vanishes: at high T, KD is LM.",
        "It becomes the same number in every class, and stays.",
        "It grows, because the loss is multiplied by T².",
        "It vanishes in some classes and stays in others.",
    ),
    "why": "The softmax ignores the mean, at any T. KD’s gradient goes to LM on centred logits; LM’s gradient is "
    "larger by (c_s − c_t)/K in every class. A high T closes the rest of the gap, never this part.",
}

PRESETS = {
    "classroom-default": ("A usual T, equal means", "T = 4 is popular. Is it a high temperature? The gap to LM says."),
    "hinton-limit": ("T = 100, equal means", "Both conditions hold: KD and LM pull almost alike."),
    "mean-trap": (
        "T = 100, means 2 apart",
        "The temperature is high, and still KD is far from LM: the means differ.",
    ),
    "cold": ("T = 0.5", "Cold: KD only looks at the top classes, LM at all of them."),
    "many-classes": (
        "A thousand classes",
        "With K = 1000 the difference of the means moves each class by a thousandth of it, and is still most of the "
        "gap.",
    ),
    "float32-floor": (
        "T = 10⁶ in float32",
        "In exact arithmetic the gap is tiny; float32 as usually written loses it again.",
    ),
    "sign-test": ("The sum test", "Three candidates for the limit; Eq. 5 of the paper says which one can be right."),
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
    (
        "Cross, as printed",
        "Eq. 7 with its + (arXiv 2109.06458v2). Compare the sums on the meters: Eq. 5 asks for 0.",
    ),
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
    (
        "Cosine",
        "1 means the same direction. A cosine near 1 can hide a large gap in length; a small gap always comes "
        "with one.",
    ),
    *SHARED,
)

TASKS = (
    (
        "Set both means to 0 and T to 30. Read the gap to the limit, guess it for T = 60, then look.",
        "It halves: {at_30} becomes {at_60}. The leading term is e₁/T.",
    ),
    (
        "Still with equal means: what is the smallest T with a gap of at most 5 %?",
        "T = {five}. One reading is enough: gap times T is nearly constant, so T ≈ 30 · {at_30} / 5 %.",
    ),
    (
        "Set K = 2. What happens to the gap now when T doubles?",
        "It falls to a quarter ({two_at_30} at T = 30, {two_at_60} at T = 60). Two centred logits are a and −a; their "
        "squares are equal, so the 1/T term, which compares squares, is zero.",
    ),
    (
        "Set T = 100, c_s = 2, c_t = 0 and switch on “as printed” right above the charts. Which of the three "
        "candidates for KD’s limit can be right? One sum per candidate is enough.",
        "KD’s gradient sums to 0 at every T (Eq. 5). LM’s sums to {sum_lm}, the printed form to {sum_printed}; the "
        "form with − sums to 0. For equal means the limit is LM with either sign.",
    ),
    (
        "Set T to 10⁶ with equal means. Why does the float32 curve turn up again?",
        "All probabilities are close to 1/K; float32 keeps about seven digits of each, the difference is lost and T "
        "multiplies what is left. At T = 10⁶ it is {naive} off; its best is {best}.",
    ),
)

# the verdict
AGREE = "Student and teacher logits agree: KD’s gradient is zero in every class, at every temperature."
AGREE_SHIFTED = (
    "Student and teacher logits agree up to a constant: KD’s gradient is zero in every class, at every temperature. LM "
    "still asks for {shift} in every class, the difference of the means over K."
)
LIMIT_INFINITE = "At T = ∞ KD’s gradient equals that of LM on centred logits."
LIMIT = "At T = {temperature} KD’s gradient is {gap} away from its limit, LM on centred logits."
EQUAL_MEANS = "The means are equal, so that limit is LM itself."
MEANS_INFINITE = (
    "It is {gap} away from LM: the means differ by {mean_gap}, which shifts LM by {shift} in every class and makes up "
    "{share} of that gap (squared)."
)
MEANS = (
    "It is {gap} away from LM: the means differ by {mean_gap}, which shifts LM by {shift} in every class and makes up "
    "{share} of that gap (squared). No temperature removes this part: {floor} stay at T = ∞."
)
CLOSE_REACHED = "The gap to the limit is below 1 % from T = {temperature}."
CLOSE_AHEAD = "The gap to the limit stays below 1 % from T = {temperature}."
SECOND_ORDER_TWO = "With two classes the 1/T term cancels, so the gap to the limit shrinks as 1/T² once T is large."
SECOND_ORDER = "Here the 1/T term cancels, so this gap shrinks as 1/T²."
NAIVE = "float32 as usually written would be {gap} away from the limit, by round-off."
PRINTED_EQUAL = "With equal means + and − agree: for such logits the limit is LM with either sign."
PRINTED = "Eq. 7 as printed (+) sums to {sum} over the classes; Eq. 5 asks for 0, which the − gives."

# meters and table
SUM_PRINTED = "Σ as printed"
COSINE = "cosine of KD and LM"
CLASS, SUM = "class", "sum"
KD_INFINITE = "KD at T = ∞"
AS_PRINTED = "as printed"

# charts
GRADIENTS = {
    "title": "Gradient per class",
    "alt": "For every class the gradient of KD at the current temperature, of LM, and of KD at infinite temperature.",
    "x": "class i  (K > {few}: sorted by the limit)",
    "y": "gradient ∂L/∂z<sub>s,i</sub>",
    "kd": "KD at T",
}
GAP = {
    "title": "How far KD’s gradient is from its limit and from LM",
    "alt": "Relative gap between KD’s gradient and its limit, and between KD’s and LM’s, against temperature.",
    "bound": "bound",
    "naive": "to its limit, in float32 as usually written",
    "limit": "to its limit",
    "lm": "to LM",
    "law": "leading term of the expansion",
    "close": "1 % from {label}",
    "limit_now": "to the limit, now",
    "lm_now": "to LM, now",
    "y": "gap ‖difference‖ / ‖target‖",
    "hover": "T = {temperature}<br>gap {gap}",
}
