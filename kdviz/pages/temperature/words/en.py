"""Page 01 in English."""

from kdviz.words.en import HELP
from kdviz.words.en import READING as SHARED

TITLE = "Temperature"
GOAL = "See what the temperature changes in a softmax, what it leaves alone, and why the loss is multiplied by T²."

LABEL_SQUARED = "factor T²"
HELP_SQUARED = (
    "Multiply the loss by T², as Hinton, Vinyals and Dean propose. Off: the bare KL, whose gradient shrinks "
    "as 1/T² at high T."
)

PREDICT = {
    "question": "T goes from 1 to 4. Which of these changes?",
    "options": (
        "The logits of the teacher.",
        "Which class comes first, second, third …",
        "How evenly the probability is spread over the classes.",
        "All three.",
    ),
    "why": "The softmax divides the logits by T; the logits stay as they are. Division by a positive number keeps "
    "their order, so the ranking of the classes stays too. Only the spread of the probabilities changes.",
}

PRESETS = {
    "classroom-default": ("A usual T", "T = 4, the factor T² on: what most code does."),
    "confident-teacher": ("A confident teacher", "Almost all on one class. Raise T and the rest becomes visible."),
    "cold": ("T = 0.5", "Below 1 the softmax sharpens. Cold is confident here, as in physics."),
    "many-classes": (
        "A thousand classes",
        "A thousand small probabilities: entropy sees them, the largest p hardly.",
    ),
    "without-t2": ("Without T²", "The gradient is 100 times smaller at T = 10. That is what T² makes good."),
    "not-monotone": ("More T, less gradient", "Even with T² the gradient is not simply growing with T."),
}

READING = (
    ("T", HELP["T"] + " Vertical lines mark it in the charts below; a click there sets it."),
    ("K", HELP["K"]),
    ("Logits", HELP["family"]),
    ("Factor T²", HELP_SQUARED),
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
    (
        "Gradient with T²",
        "‖T(p<sub>s</sub> − p<sub>t</sub>)‖: it settles at a limit, which is zero only where both models agree.",
    ),
    ("Gradient without T²", "The same divided by T²: at high T a line that falls by a factor of 100 per decade of T."),
    ("c<sub>s</sub>, c<sub>t</sub>", "Means of the logits. They move the logits, but no probability and no gradient."),
    *SHARED,
)

TASKS = (
    (
        "With the page as it opens: find the T at which the teacher’s entropy is 80 % of log K.",
        "T ≈ {eighty}. Try the same with another spread σ (under “More settings”): T/σ stays the same, since only z/T "
        "enters the softmax.",
    ),
    (
        "Switch “factor T²” off and set T = 10. By which factor does the gradient shrink?",
        "By T² = 100, since the whole loss is divided by T²: from {scaled} to {plain}. The factor is there to make up "
        "for the 1/T from the slope of z/T and the 1/T from probabilities that draw closer.",
    ),
    (
        "Set T = 1000. The bars look equal. Is what the teacher knows gone?",
        "No, it has become small: p of the first class is {top} instead of 1/K, and T(Kp − 1) is {rise}, its logit "
        "above the mean ({above}). T² in the loss is what makes that count.",
    ),
    (
        "Choose “More T, less gradient” under “Presets …”. Does the gradient with T² grow with T?",
        "Not always. In the first class it is {steps}: first larger, then smaller, then level.",
    ),
    (
        "Move c_s under “More settings”. What moves, and why not the rest?",
        "Only the student’s logits in the upper panel. A constant added to all logits is a common factor in the "
        "softmax and cancels.",
    ),
)
STEP = "{gradient} at T = {temperature}"  # one of the {steps} above

# the verdict
UNIFORM = (
    "At T = ∞ every class has the probability 1/K, {here}; at T = 1 the teacher gives its top class, number {number}, "
    "{plain}. The entropy is {entropy} of log K. The logits are unchanged; the probabilities no longer order the "
    "classes."
)
SOFTENED = (
    "At T = {temperature} the teacher gives its top class, number {number}, {here}; at T = 1 it is {plain}. Its "
    "entropy is {entropy} of log K. The logits and the order of the classes are what they were."
)
AT_ONE = (
    "At T = 1 the teacher gives its top class, number {number}, {here}. Its entropy is {entropy} of log K. The logits "
    "and the order of the classes are what they were."
)
AGREE = "Student and teacher agree, so the KD gradient is zero."
AGREE_SHIFTED = "Student and teacher agree up to a constant, so the KD gradient is zero."
LENGTH_UNIFORM = "With T² the gradient keeps the length {scaled}, without T² it is 0."
LENGTH_AT_ONE = "The KD gradient has length {scaled}; the factor T² is 1 here."
LENGTH = "The KD gradient has length {scaled}; without T² it would be {plain}."
LENGTH_PLAIN = "Without T² the KD gradient has length {plain}; with it {scaled}, T² = {square} times as much."

# meters and table
ENTROPY_TEACHER = "teacher: entropy / log K"
ENTROPY_STUDENT = "student: entropy / log K"
TOP_TEACHER = "teacher: largest p"
TOP_STUDENT = "student: largest p"
LENGTH_WITH = "‖gradient‖ with T²"
LENGTH_WITHOUT = "‖gradient‖ without T²"
CLASS, SUM = "class", "sum"
GRADIENT_WITH, GRADIENT_WITHOUT = "KD gradient with T²", "KD gradient without T²"

# charts
MIRRORED = {
    "title": "Logits, and their softmax at T",
    "alt": "Above, the logits of teacher and student per class; below, their probabilities at the current "
    "temperature, the teacher’s upwards and the student’s downwards.",
    "x": "class i  (K > {few}: sorted by the teacher)",
    "logits": "logit z",
    "p_teacher": "p<sub>t</sub>",
    "p_student": "p<sub>s</sub>",
    "teacher": "teacher",
    "student": "student",
    "teacher_logit": "teacher’s logit",
    "student_logit": "student’s logit",
    "teacher_p": "teacher’s p",
    "student_p": "student’s p",
}
EVENNESS = {
    "title": "How even the probabilities are",
    "alt": "Entropy as a share of log K and largest probability, for teacher and student, against temperature.",
    "y": "share",
    "entropy_teacher": "teacher’s entropy now",
    "entropy_student": "student’s entropy now",
    "top_teacher": "teacher’s largest p now",
    "top_student": "student’s largest p now",
}
SIZE = {
    "title": "Length of the KD gradient",
    "alt": "Length of the KD gradient with and without the factor T squared, against temperature on log axes.",
    "limit": "its limit at T = ∞",
    "scaled": "with T²",
    "plain": "without T²",
    "scaled_now": "with T², now",
    "plain_now": "without T², now",
    "y": "‖gradient‖",
    "hover": "T = {temperature}<br>‖gradient‖ = {size}",
}
