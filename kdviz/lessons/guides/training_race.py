"""What page 05 says: goal, question, tasks, reading, starting points. Numbers come from the page's compute."""

from kdviz.core.race_runs import CONTESTANTS, SEEDS, STEPS
from kdviz.lessons import Predict, Preset, Task, race_words
from kdviz.lessons.guides.controls import at
from kdviz.words import numerals as say

GOAL = "See what a teacher is worth to a small student, by how much and how surely, and when it is worth nothing."

HELP = {
    "transfer": "Samples that the student learns from, the same for all contestants of a seed. The teacher had 1200.",
    "shown": "The KD contestant that is drawn against steps. All are in the second chart; a click there sets T.",
    "offset": "The teacher’s mean logit: its own, as training made it, or one number for every image. Only LM sees it.",
    "look": "What the upper part of the third chart shows.",
    "data": "Digits of 8 × 8 pixels; ten Gaussian classes, some alike; MNIST-1D, strokes as 40 numbers.",
    "noise": "Share of the 1200 labels replaced by another class; teacher and students learn from the same ones.",
    "missing": "A class of which the student sees no sample. The teacher has seen it.",
    "seeds": "How many students per contestant a live run trains. The recording has 20.",
    "seed": "Another number, other first weights and other images for every student.",
}

PREDICT = Predict(
    "100 labelled digits, a teacher that learnt from 1200. The student learns from the labels alone, or from the "
    "teacher’s logits of the same 100 images by KD at T = 8. Who is better on new digits?",
    (
        "They are about equal: the images are the same.",
        "KD, by about one point.",
        "KD, by about six points.",
        "Alone: the labels are right, the teacher is not always.",
    ),
    2,
    "Soft targets say for every image how much it looks like each other class, which a label does not. With few images "
    "that is worth more than the teacher’s mistakes cost. With all 1200 it is not: set n and see.",
)

PRESETS = {
    "classroom-default": Preset("100 digits", "n=100", "The setting for a first look: KD at T = 8 is well ahead."),
    "few-images": Preset("30 digits", "n=30", "Three images of each digit: the gain is largest."),
    "all-labels": Preset(
        "All 1200 digits", "n=1200", "The student has what the teacher had. What is left of the gain?"
    ),
    "mean-20": Preset("Teacher’s mean 20", "off=20", "KD does not notice. LM spends its steps on the mean."),
    "mean-0": Preset("Teacher’s mean 0", "off=0", "With the means out of the way LM is KD at T = ∞, within the noise."),
    "unseen-digit": Preset("No image of a 3", "n=400&miss=3", "The student knows 3s from the teacher’s words only."),
    "hot-is-worse": Preset("MNIST-1D", "data=MNIST-1D&n=400&kd=4", "Other data: here a high T costs accuracy."),
    "wrong-labels": Preset(
        "40 % wrong labels", "n=1200&noise=40 %", "Teacher and students learn from the same errors."
    ),
}

READING = (
    (
        "Student",
        f"MLP, one hidden layer of 32, Adam, {STEPS} steps of all n samples, learning rate 0.01 falling as a cosine.",
    ),
    ("Teacher", "Eight MLPs with one hidden layer of 256, trained on 1200 labels, their logits averaged."),
    (
        "Seed",
        f"{SEEDS} of them. A seed sets the first weights and draws the n samples; all contestants share both, so "
        "differences are taken seed by seed.",
    ),
    ("Accuracy axis", "Log odds: near its top, halving the errors is the same step everywhere; ends at 3 and 99.6 %."),
    ("Bands, upright lines", "95 % intervals of the mean over the seeds, by Student’s t."),
    ("Gain", "Accuracy minus that of the student alone with the same seed. Sure where its line stays clear of 0."),
    ("Alone", "Cross-entropy on the labels, no teacher."),
    ("KD at T", "T² KL to the teacher, no labels. At T = ∞ it is LM on centred logits, LM<sub>c</sub> on the axis."),
    ("LM", "Logits matching: it also matches the mean logit, which no answer depends on."),
    ("Agreement, KL", "Share of test samples with the teacher’s answer; mean KL to its probabilities at T = 1."),
    ("Centred error, mean offset", "Distance to the teacher’s logits without their means; c_s − c_t."),
    ("Dotted thin lines", "While a live run is drawn: the recorded race."),
    ("Circle in the second chart", "The T that is drawn against steps. A click on another T chooses it."),
)


def tasks(params, compute):
    """The tasks, with numbers from the page itself."""

    def gain(query, one="KD T=8", other="alone"):
        return race_words.points(at(params, compute, query).against(one, other))

    def digit(query, name, which):
        right = at(params, compute, query).race.per_class[CONTESTANTS.index(name), :, which]
        return say.percent(float(right.mean()))

    unseen, hot = PRESETS["unseen-digit"].query, PRESETS["hot-is-worse"].query
    usual, offset, other = (at(params, compute, query).race for query in ("", "off=20", hot))
    lm, limit = (usual.final[CONTESTANTS.index(name), 0] for name in ("LM", "KD T=∞"))
    miss = [say.number(float(race.final[CONTESTANTS.index("KD T=64"), 3].mean())) for race in (usual, other)]
    ahead = int((lm > limit).sum())
    lm_offset = say.number(float(offset.final[CONTESTANTS.index("LM"), 4].mean()))
    return (
        Task(
            "Read the gain of KD at T = 8 over alone for n = 30, 100, 400 and 1200. When does a teacher stop paying?",
            f"{gain('n=30')}, {gain('n=100')}, {gain('n=400')} and {gain('n=1200')} points. The fewer labels a student "
            "has, the more the teacher’s soft answers add. With all 1200 there is nothing left to add.",
        ),
        Task(
            "Which T is best with 100 digits? Would you bet on it? Then open “MNIST-1D” and ask again.",
            f"Digits: T = 8 against T = 64 is {gain('', 'KD T=8', 'KD T=64')} points, paired, which decides nothing; "
            f"against T = 1 it is {gain('', 'KD T=8', 'KD T=1')}. MNIST-1D: T = 4 against T = 64 is "
            f"{gain(hot, 'KD T=4', 'KD T=64')}. There the student stays further from the teacher’s logits at T = 64 "
            f"(centred error {miss[1]} against {miss[0]} with digits), and a high T asks for all of them.",
        ),
        Task(
            "Set “teacher’s mean” to 0, then to 20, and look at LM and KD at T = ∞ in the second chart.",
            f"KD does not move. KD at T = ∞ over LM: {gain('off=0', 'KD T=∞', 'LM')} points at 0, "
            f"{gain('off=20', 'KD T=∞', 'LM')} at 20. LM has to bring its own mean to 20 (it ends {lm_offset} off); "
            "no answer depends on that mean.",
        ),
        Task(
            "Open “No image of a 3” and look at the 3s in the third chart.",
            f"Alone {digit(unseen, 'alone', 3)}, KD at T = 1 {digit(unseen, 'KD T=1', 3)}, at T = 8 "
            f"{digit(unseen, 'KD T=8', 3)}. The teacher says how much each other digit looks like a 3, and a high T "
            "makes that audible.",
        ),
        Task(
            "Your colleague ran each method once and says that LM beats KD at T = ∞ by a point. What do you ask for?",
            f"The same comparison over seeds: here {gain('', 'LM', 'KD T=∞')} points, though LM is ahead in {ahead} of "
            f"the {SEEDS} pairs. And c_t: with a teacher of mean 0 the two cannot be told apart.",
        ),
    )
