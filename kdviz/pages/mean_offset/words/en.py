"""Page 03 in English."""

from kdviz.words.en import HELP
from kdviz.words.en import READING as SHARED

TITLE = "The mean offset"
GOAL = "Find out what the extra term in KD’s limit does: it removes the mean from LM, and it is no ℓ1 norm."

HELP_PRINTED = "Also show the term with the + that Eq. 7 and 8 of the paper print."

PREDICT = {
    "question": "You add 5 to all logits of the student. Which losses notice?",
    "options": ("KD and LM.", "KD only.", "LM only.", "Neither."),
    "why": "The softmax divides out what all classes have in common, so KD cannot see the 5, at any T. LM compares "
    "logit with logit: it sees the 5 in every class. That is the whole difference between LM and KD’s limit.",
}

PRESETS = {
    "mean-trap": ("A high T, means 2 apart", "T = 100 looks like infinity, and the map says: not here."),
    "equal-means": ("Equal, but not zero", "Zero means are not needed for KD’s limit to be LM; equal ones suffice."),
    "sign-test": ("Which sign?", "The term with − and with +, and the sums that tell them apart."),
    "many-classes": ("A thousand classes", "The slope per class is tiny, the loss differs as before."),
    "turned-round": (
        "The other way round",
        "The term changes direction with c_s − c_t; an ℓ1 norm never would.",
    ),
}

READING = (
    ("T", HELP["T"] + " It moves the point on the map sideways, and the KD line of the first chart."),
    (
        "c<sub>s</sub>, c<sub>t</sub>",
        "Means of the logits. c<sub>s</sub> moves the point on the map up and down. A click on the map sets T and "
        "c<sub>s</sub>.",
    ),
    ("K", HELP["K"]),
    (
        "Losses along the all-ones direction",
        "Only the student’s mean is moved, all differences between its logits stay.",
    ),
    ("Level lines", "KD and centred LM do not see the mean. At high T they lie on top of each other."),
    ("LM", "A parabola in c<sub>s</sub>; lowest where c<sub>s</sub> = c<sub>t</sub>, and there it touches centred LM."),
    (
        "Long dashes, LM + ½(c<sub>s</sub> − c<sub>t</sub>)²",
        "The loss whose slope is Eq. 7 as printed (arXiv 2109.06458v2): twice as steep as LM along this direction. Eq. "
        "8 itself writes the term as (c<sub>s</sub> − c<sub>t</sub>)/K · Σ z<sub>s</sub> with fixed c; its slope at "
        "the current means is the same. The derived term makes the line level instead.",
    ),
    (
        "Map",
        "Length of the difference between the KD and LM gradients over LM’s length. Dark is small. White lines: 1 "
        "%, 10 %, 50 %. The height is stretched near 0.",
    ),
    ("T/σ", "Temperature in units of the logits’ spread. Logits ten times as large need ten times the T."),
    ("White circle", "Where the controls stand now. At the right edge: beyond the map, up to ∞."),
    (
        "The extra term, class by class",
        "Its slope in every class, against the class’s logit. Descent moves a logit against the slope.",
    ),
    (
        "Triangles, derived",
        "−(c<sub>s</sub> − c<sub>t</sub>)/K in every class: a common shift that the softmax does not see.",
    ),
    ("ℓ1", "|c<sub>s</sub> − c<sub>t</sub>|/K times the sign of the logit: pulls every logit towards zero."),
    ("Mean part", "Average of a gradient over the classes. KD’s is zero at every T."),
    ("Centred parts", "What is left of both gradients without their means: here a high T does close the gap."),
    ("Logits pulled to 0", "In how many classes descent on the term alone would bring the logit closer to zero."),
    *SHARED,
)

TASKS = (
    (
        "Choose “A high T, means 2 apart” under “Presets …”. Which way must the point go on the map to get below "
        "10 %: right or down?",
        "Down to equal means. The gap is {trap} and nearly all of it ({share}, squared) belongs to the means; further "
        "right nothing changes.",
    ),
    (
        "Is it necessary that both means are zero? Choose “Equal, but not zero” under “Presets …”.",
        "No. With both means at 3 the gap to LM is {equal}, the same as to the limit. Only the difference enters.",
    ),
    (
        "Let K = 5, c_s − c_t = 1.5. By how much do LM’s loss and LM’s slope per class differ from KD’s limit?",
        "Loss: ½·1.5² = {loss}. Slope: 1.5/5 = {slope} in each class.",
    ),
    (
        "Which sign can the extra term have, − or +? One sum tells.",
        "LM’s gradient sums to c_s − c_t = {sum_lm}. KD’s sums to 0, so the term must take {sum_lm} away: −. With + "
        "the sum is {sum_printed}. As printed, Eq. 7 and 8 have the +; Eq. 5 of the same paper settles it. For equal "
        "means both signs say the same.",
    ),
    (
        "The paper says of the extra term in Eq. 8 that its effect is similar to an ℓ1 norm and pulls each logit "
        "towards zero. Check it in the third chart.",
        "An ℓ1 norm’s slope has the sign of the logit and pulls {l1} of {count} logits towards zero. The term’s slope "
        "is the same in every class: with the printed sign it pulls {printed} of {count}, with the derived one "
        "{derived}. It shifts all logits together, and a common shift changes no probability.",
    ),
)

# the verdict
EQUAL = (
    "The means are equal: the extra term is 0 and has no slope, KD’s limit is LM itself ({lm}). T²·KL at T = "
    "{temperature} is {kd}."
)
APART = (
    "The means differ by {mean_gap}. LM is {lm}; KD’s limit is smaller by ½·{factor}² = {half}: {centred}. T²·KL at T "
    "= {temperature} is {kd}."
)
SLOPE = (
    "The term’s slope is {slope} in every class, whatever the logit: it takes out of LM exactly what LM asks of "
    "the mean."
)
PRINTED = "With the + as printed the sum over classes would be {sum}, where Eq. 5 asks for 0."
PULLS = "An ℓ1 norm would pull every logit but 0 towards zero; the term pulls {derived} of {count}."
PULLS_PRINTED = (
    "An ℓ1 norm would pull every logit but 0 towards zero; the term pulls {derived} of {count}, with the printed sign "
    "{printed}."
)
GRADIENTS = "KD’s gradient is {gap} away from LM’s; the means make up {share} of that (squared)."

# formula, meters and table
TEX_SLOPE = "slope of the term per class"
MEAN_KD, MEAN_LM, MEAN_PRINTED = "mean part of KD", "mean part of LM", "mean part, as printed"
CENTRED = "centred parts: gap of KD to LM"
PULLED = {
    "derived": "derived term: logits pulled to 0",
    "printed": "printed term: logits pulled to 0",
    "l1": "ℓ1: logits pulled to 0",
}
PULLED_COUNT = "{pulled} of {count}"
HEADER = (
    "class", "z_s", "z_t", "KD", "KD, mean part", "KD, centred part", "LM", "LM, mean part", "LM, centred part",
    "term, derived", "term, as printed", "true ℓ1",
)  # fmt: skip
SUM = "sum"

# charts
LOSSES = {
    "title": "Losses along the all-ones direction",
    "alt": "KD and centred LM stay level when a constant is added to all student logits; LM is a parabola with its "
    "lowest point where the means are equal.",
    "printed": "LM + ½(c<sub>s</sub> − c<sub>t</sub>)² (from Eq. 7)",
    "centred": "centred LM",
    "kd": "KD at T",
    "lm_now": "LM now",
    "kd_now": "KD now",
    "equal": "equal means",
    "x": "student’s mean c<sub>s</sub>",
    "y": "loss",
    "hover": "c<sub>s</sub> = {mean}<br>loss {loss}",
}
MAP = {
    "title": "Where the gap between KD and LM is small",
    "alt": "Map of the relative gap between KD and LM: small only where T is many times σ and the means agree.",
    "gap": "gap between KD and LM",
    "hover": "T/σ = 10<sup>{power}</sup><br>gap between KD and LM {gap}<extra></extra>",
    "now": "the controls stand here<extra></extra>",
}
TERM = {
    "title": "The extra term, class by class",
    "alt": "The slope of the mean-offset term is the same in every class; that of an ℓ1 norm changes sign with the "
    "logit.",
    "derived": "derived, −½(c<sub>s</sub> − c<sub>t</sub>)²",
    "printed": "as printed (+)",
    "l1": "a true ℓ1 of that weight",
    "hover": "logit {logit}<br>slope of the term {slope}<extra>{name}</extra>",
    "x": "student’s logit z<sub>s,i</sub>",
    "y": "slope ∂(term)/∂z<sub>s,i</sub>",
}
