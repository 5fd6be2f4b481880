"""Page 05 in English."""

TITLE = "The training race"
GOAL = "See what a teacher is worth to a small student, by how much and how surely, and when it is worth nothing."

LABEL = {
    "n": "samples n",
    "kd": "KD at T",
    "off": "teacher’s mean",
    "look": "look at",
    "data": "data set",
    "noise": "wrong labels",
    "miss": "class left out",
    "seeds": "seeds",
}
HELP = {
    "n": "Samples that the student learns from, the same for all methods of a seed. The teacher had 1200.",
    "kd": "The T of KD that is drawn against steps. All are in the second chart; a click there sets T.",
    "off": "The teacher’s mean logit: its own, as training made it, or one number for every image. Only LM sees it.",
    "look": "What the upper part of the third chart shows.",
    "data": "Digits of 8 × 8 pixels; ten Gaussian classes, some alike; MNIST-1D, strokes as 40 numbers.",
    "noise": "Share of the 1200 labels replaced by another class; teacher and students learn from the same ones.",
    "miss": "A class of which the student sees no sample. The teacher has seen it.",
    "seeds": "How many students per method a live run trains. The recording has 20.",
    "seed": "Another number, other first weights and other images for every student.",
}
TEACHER_MEANS = {"own": "own"}
LOOKS = {"agreement": "agreement", "KL": "KL", "centred error": "centred error", "mean offset": "mean offset"}
DATA = {"digits": "digits", "hierarchy": "hierarchy", "MNIST-1D": "MNIST-1D"}
SUBJECT = {"hierarchy": "Hierarchy", "MNIST-1D": "MNIST-1D"}  # at the start of a sentence
MISSING = {"none": "none"}
METHODS = {"baseline": "baseline", "centred LM": "centred LM"}  # those whose names are words

PREDICT = {
    "question": "100 labelled digits, a teacher that learnt from 1200. The student learns from the labels alone, or "
    "from the teacher’s logits of the same 100 images by KD at T = 8. Who is better on new digits?",
    "options": (
        "They are about equal: the images are the same.",
        "KD, by about one point.",
        "KD, by six to seven points.",
        "The baseline: the labels are right, the teacher is not always.",
    ),
    "why": "Soft targets say for every image how much it looks like each other class, which a label does not. With few "
    "images that is worth more than the teacher’s mistakes cost. With all 1200 it is worth "
    "next to nothing: set n and see.",
}

PRESETS = {
    "classroom-default": ("100 digits", "The setting for a first look: KD at T = 8 is well ahead."),
    "few-images": ("30 digits", "Three images of each digit: the gain is large."),
    "all-labels": ("All 1200 digits", "The student has what the teacher had. What is left of the gain?"),
    "mean-20": ("Teacher’s mean 20", "KD does not notice. LM spends its steps on the mean."),
    "mean-0": ("Teacher’s mean 0", "With the means out of the way LM is KD at T = ∞, within the noise."),
    "unseen-digit": ("No image of a 3", "The student knows 3s from the teacher’s words only."),
    "hot-is-worse": ("MNIST-1D", "Other data: here the best T is neither low nor high."),
    "wrong-labels": ("40 % wrong labels", "Teacher and students learn from the same errors."),
}

READING = (
    (
        "Student",
        "MLP, one hidden layer of 32, Adam, {steps} steps of all n samples, learning rate 0.01 falling as a cosine.",
    ),
    ("Teacher", "Eight MLPs with one hidden layer of 256, trained on 1200 labels, their logits averaged."),
    (
        "Seed",
        "{seeds} of them. A seed sets the first weights and draws the n samples; all methods share both, so "
        "differences are taken seed by seed.",
    ),
    ("Accuracy axis", "Log odds: near its top, halving the errors is the same step everywhere; ends at 3 and 99.6 %."),
    ("Bands, upright lines", "95 % intervals of the mean over the seeds, by Student’s t."),
    (
        "Gain",
        "Accuracy minus that of the baseline with the same seed. Where its line stays clear of 0, sure 19 times in 20, "
        "for this teacher and these test images.",
    ),
    ("Baseline", "Cross-entropy on the labels, no teacher."),
    ("KD at T", "T² KL to the teacher, no labels. At T = ∞ it is LM on centred logits, LM<sub>c</sub> on the axis."),
    ("LM", "Logits matching: it also matches the mean logit, which no answer depends on."),
    ("Agreement, KL", "Share of test samples with the teacher’s answer; mean KL to its probabilities at T = 1."),
    ("Centred error, mean offset", "Distance to the teacher’s logits without their means; c_s − c_t."),
    ("Dotted thin lines", "While a live run is drawn: the recorded race."),
    ("Circle in the second chart", "The T that is drawn against steps. A click on another T chooses it."),
)

TASKS = (
    (
        "Read the gain of KD at T = 8 over the baseline for n = 30, 100, 400 and 1200. When does a teacher stop "
        "paying?",
        "{n_30}, {n_100}, {n_400} and {n_1200} points. The fewer labels a student has, the more the teacher’s soft "
        "answers add. With all 1200 it can hardly be told from nothing.",
    ),
    (
        "Which T is best with 100 digits? Would you bet on it? Then open “MNIST-1D” and ask again.",
        "Digits: T = 8 against T = 64 is {t_8_64} points, paired, which decides nothing; against T = 1 it is {t_8_1}. "
        "MNIST-1D: T = 4 against T = 64 is {hot}. There the student stays further from the teacher’s logits at T = 64 "
        "(centred error {error_hot} against {error} with digits), and a high T asks for all of them.",
    ),
    (
        "Set “teacher’s mean” to 0, then to 20, and look at LM and KD at T = ∞ in the second chart.",
        "KD does not move. KD at T = ∞ over LM: {mean_0} points at 0, {mean_20} at 20. LM has to bring its own mean to "
        "20 (it ends {mean_gap} off); no answer depends on that mean.",
    ),
    (
        "Open “No image of a 3” and look at the 3s in the third chart.",
        "Baseline {unseen_baseline}, KD at T = 1 {unseen_1}, at T = 8 {unseen_8}. The teacher says how much each other "
        "digit looks like a 3, and a high T makes that audible.",
    ),
    (
        "Your colleague ran each method once and says that LM beats KD at T = ∞ by a point. What do you ask for?",
        "The same comparison over seeds: here {lm} points, though LM is ahead in {ahead} of the {seeds} pairs. And "
        "c_t: with a teacher of mean 0 the two cannot be told apart.",
    ),
)

# the verdict
NOT_RECORDED = "This setting has no recording. Press Play to train its {methods} × {seeds} students here."
KD_AT = "KD at T = {temperature}"
RACE = "n = {n}, {seeds} seeds: the baseline gets {baseline} % right, {method} gets {right} %."
RACE_ON = "{data}, n = {n}, {seeds} seeds: the baseline gets {baseline} % right, {method} gets {right} %."
GAINS = "{method} gains {difference} points (paired, 95 %; {chance})."
LOSES = "{method} loses {difference} points (paired, 95 %; {chance})."
UNDECIDED = "The two cannot be told apart: the difference is {difference} points, and 0 is within."
ALL_LABELS = "With all the labels that the teacher had, KD at T = ∞ loses {difference}."
P_BELOW, P = "p below {p}", "p = {p}"
SAME = "KD at T = ∞ and centred LM give the same answers in every seed."
SAME_METHOD = "KD at T = ∞ and centred LM are one method; float32’s rounding parts them by {difference} points."
LM_UNDECIDED = "LM cannot be told apart from them ({difference} points); the teacher’s mean logit is {mean}."
LM_BEHIND = (
    "LM is {difference} points behind: it also matches the teacher’s mean logits, {mean} on average; nothing "
    "else differs."
)
LM_AHEAD = (
    "LM is {difference} points ahead: it also matches the teacher’s mean logits, {mean} on average; nothing "
    "else differs."
)
UNSEEN = (
    "No student saw a {digit}: the baseline gets {baseline} of the {digit}s right, {method} {right}, from "
    "what the teacher says of the other digits."
)
WRONG = "Of the labels {noise} are wrong, for the teacher too."
BY_HEART = "The baseline learns wrong labels too: it was at {peak} after {step} steps."

# formula, meters and table
TEX_GAIN, TEX_BASELINE, TEX_POINTS = "gain", "baseline", "points"
TEX_INTERVAL = "95 percent interval over "
OVER_BASELINE = {
    "shown": "{method}, over the baseline",
    "limit": "KD at T = ∞, over the baseline",
    "lm": "LM, over the baseline",
}
OVER_LM = "KD at T = ∞, over LM"
HEADER = (
    "method", "accuracy", "±", "gain over the baseline", "±", "p of no gain", "agreement", "KL to the teacher",
    "centred-logit error", "mean offset",
)  # fmt: skip

# charts
RECORDED, TEACHER = "recorded", "teacher"
KD_SHOWN, KD_INFINITE, LIMIT = "KD at T", "KD at T = ∞", "KD at T = ∞, centred LM"
BAND, GAIN, PER_CLASS = "{name}, 95 %", "{name}, gain", "{name}, per class"
RIGHT = "{share} right"
RIGHT_IN_CLASS = "class {number}: {share} right"
ACCURACY = {
    "title": "Test accuracy",
    "alt": "Test accuracy against training step: mean over the seeds with 95 % bands for the baseline, KD at "
    "the chosen temperature, KD at infinite temperature and LM; a dashed line for the teacher.",
    "y": "accuracy",
}
ENDS = {
    "title": "Where they end",
    "alt": "Above, the final test accuracy of every method with its 95 % interval; below, its gain over the "
    "baseline, paired by seed, with its 95 % interval.",
    "x": "KD at T = …",
    "gain": "gain",
    "accuracy": "accuracy",
    "tick": "baseline",
    "other": "other",
}
CLOSER = {
    "title": "A closer look",
    "alt": "Above, a measure of the distance to the teacher against training step; below, the final test accuracy "
    "of each class.",
    "class": "class",
    "accuracy": "accuracy",
    "agreement": "share of the teacher’s answers",
    "kl": "KL to the teacher at T = 1, nats",
    "centred_error": "r.m.s. distance of centred logits",
    "mean_gap": "c<sub>s</sub> − c<sub>t</sub>",
}
