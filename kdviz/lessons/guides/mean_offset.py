"""What page 03 says: goal, question, tasks, reading, starting points. Numbers come from the page's compute."""

from kdviz.lessons import Predict, Preset, Task
from kdviz.lessons.guides.controls import HELP, at
from kdviz.lessons.guides.controls import READING as SHARED
from kdviz.words import numerals as say

GOAL = "Find out what the extra term in KD’s limit does: it removes the mean from LM, and it is no ℓ1 norm."

PRINTED = "Also show the term with the + it has in Eq. 7 and 8 of our copy of the paper."

PREDICT = Predict(
    "You add 5 to all logits of the student. Which losses notice?",
    ("KD and LM.", "KD only.", "LM only.", "Neither."),
    2,
    "The softmax divides out what all classes have in common, so KD cannot see the 5, at any T. LM compares logit "
    "with logit: it "
    "sees the 5 in every class. That is the whole difference between LM and KD’s limit.",
)

PRESETS = {
    "mean-trap": Preset(
        "A high T, means 2 apart",
        "T=100&cs=1&ct=-1&printed=0",
        "T = 100 looks like infinity, and the map says: not here.",
    ),
    "equal-means": Preset(
        "Equal, but not zero",
        "T=100&cs=3&ct=3",
        "Zero means are not needed for KD’s limit to be LM; equal ones suffice.",
    ),
    "sign-test": Preset(
        "Which sign?", "T=100&cs=1&ct=-1&printed=1", "The term with − and with +, and the sums that tell them apart."
    ),
    "many-classes": Preset(
        "A thousand classes", "T=100&cs=1&ct=-1&K=1000", "The slope per class is tiny, the loss differs as before."
    ),
    "turned-round": Preset(
        "The other way round", "T=100&cs=-1&ct=1", "The term changes direction with c_s − c_t; an ℓ1 norm never would."
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
        "The loss whose slope is Eq. 7 as printed in our copy: twice as steep as LM along this direction. Eq. 8 itself "
        "writes the term as (c<sub>s</sub> − c<sub>t</sub>)/K · Σ z<sub>s</sub> with fixed c; its slope at the "
        "current means is the same. The derived term makes the line level instead.",
    ),
    (
        "Map",
        "Length of the difference between the KD and LM gradients over LM’s length. Dark is small. White lines: 1 "
        "%, 10 %, 50 %. "
        "The height is stretched near 0.",
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


def tasks(params, compute):
    """The tasks, with numbers from the page itself."""
    trap = at(params, compute, PRESETS["mean-trap"].query)
    equal = at(params, compute, PRESETS["equal-means"].query)
    sign = at(params, compute, PRESETS["sign-test"].query)
    five = at(params, compute, "T=100&cs=1.5&ct=0&K=5")
    count, pulls = len(sign.student), sign.term.pulls
    sums = [say.number(float(value)) for value in (sign.now.sum_lm, sign.now.sum_printed)]
    return (
        Task(
            "Choose “A high T, means 2 apart” under “Presets …”. Which way must the point go on the map to get below "
            "10 %: right or down?",
            f"Down to equal means. The gap is {say.percent(float(trap.now.relative_lm))} and nearly all of it "
            f"({say.share(float(trap.now.mean_share))}, squared) belongs to the means; further right nothing changes.",
        ),
        Task(
            "Is it necessary that both means are zero? Choose “Equal, but not zero” under “Presets …”.",
            f"No. With both means at 3 the gap to LM is {say.percent(float(equal.now.relative_lm))}, the same as to "
            f"the limit. Only the difference enters.",
        ),
        Task(
            "Let K = 5, c_s − c_t = 1.5. By how much do LM’s loss and LM’s slope per class differ from KD’s limit?",
            f"Loss: ½·1.5² = {say.number(five.lm - five.centred, 4)}. Slope: 1.5/5 = {say.number(five.offset / 5)} "
            f"in each class.",
        ),
        Task(
            "Which sign can the extra term have, − or +? One sum tells.",
            f"LM’s gradient sums to c_s − c_t = {sums[0]}. KD’s sums to 0, so the term must take {sums[0]} away: −. "
            f"With + the sum is {sums[1]}. "
            "In our copy Eq. 7 and 8 have the +; Eq. 5 of the same paper settles it. For equal means both signs say "
            "the same.",
        ),
        Task(
            "The paper says of the extra term in Eq. 8 that its effect is similar to an ℓ1 norm and pulls each logit "
            "towards zero. Check it in the third chart.",
            f"An ℓ1 norm’s slope has the sign of the logit and pulls {pulls['l1']} of {count} logits towards zero. "
            f"The term’s slope is the same in "
            f"every class: with the printed sign it pulls {pulls['printed']} of {count}, with the derived one "
            f"{pulls['derived']}. It shifts all "
            "logits together, and a common shift changes no probability.",
        ),
    )
