"""Page 06 in English."""

TITLE = "The mean at initialisation"
GOAL = "Tell an average over many initialisations from one initialisation: only the second trains a student."

LABEL = {"teacher": "teacher", "student": "student", "bn": "batch norm", "head": "last layer", "N": "runs N"}
HELP = {
    "teacher": "The teacher’s network. The paper’s table has four; none of them is trained here.",
    "student": "The student’s network.",
    "bn": "Batch norm normalises by the image it sees (train) or by its running statistics, which are still 0 and 1 "
    "(eval). The paper does not say which.",
    "head": "How the last layer starts: PyTorch’s default, Glorot’s, He’s, or PyTorch’s weights with every bias at the "
    "logarithm of the prior probability, log(1/K).",
    "N": "Number of runs, each with its own seed, that enter the averages and the histogram. A live run makes as many.",
    "seed": "Which seeds a live run takes; the recorded runs stay.",
}
MODES = {"train": "train", "eval": "eval"}
HEADS = {"prior": "prior"}

PREDICT = {
    "question": "Averaged over 6000 seeds, the mean logit of two fresh networks is 0 up to the third digit. What "
    "follows for c_s and c_t in one run?",
    "options": (
        "They are equal, up to rounding.",
        "They are equal in most runs.",
        "Nothing: the average is near 0 however far apart they are in each run.",
    ),
    "why": "An average over N independent runs shrinks as 1/√N, whatever one run does. KD and LM are compared within "
    "one run, where c_s − c_t is what it is.",
}

PRESETS = {
    "table-1": ("Table 1 again", "Four ResNets, 6000 seeds each, PyTorch’s last layer, batch norm in train mode."),
    "eval-mode": ("Batch norm in eval mode", "Nothing is normalised yet, and every block adds to the sum."),
    "forty-runs": ("Forty runs", "The same runs, fewer of them: only the averages change their size."),
    "prior-bias": ("A bias that is not zero", "Every bias at log(1/K): the average has another place to go."),
    "two-alike": ("Two of a kind", "The same architecture with two seeds: the means still differ."),
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
        "images the paper took is not said; with the spectrum of photographs, tried with one image and two "
        "networks, the sd in train mode changes by less than 2 %. The four networks of a seed share draws of their "
        "convolutions, nothing else. All four last layers are made of the same recorded draws.",
    ),
    (
        "Filled area",
        "c<sub>s</sub> − c<sub>t</sub> over pairs of runs: run i of the student, run i + 1 of the teacher.",
    ),
    ("Dotted line over it", "What the area tends to, computed: given |h|², the difference is normal around 0."),
    ("c<sub>s</sub>, c<sub>t</sub>", "Mean over the 100 logits of one network for one image, before any training."),
    (
        "Funnel",
        "Average of the first N runs, and ± 1.96 standard errors around what is expected: at any one N, 95 of "
        "100 are inside. Nearly every second path leaves it somewhere.",
    ),
    ("Standard error", "sd of one run over √N, exact: √((a<sub>w</sub>² E|h|² + a<sub>b</sub>²)/(3KN))."),
    ("Crosses", "The averages of Table 1 as printed (arXiv 2109.06458v2)."),
    (
        "z",
        "Distance of an average from what is expected, in standard errors. About one in 20 lies beyond ± 1.96; one is "
        "said to fit here up to ± {far}.",
    ),
    ("What is expected", "0, or log(1/K) where every bias starts there."),
)

TASKS = (
    (
        "Choose “Forty runs” under “Presets …”, then N = 6000 again. Which of these change: sd of c_s − c_t in one "
        "run, standard error of the average?",
        "Only the second: {error_few} for {few} runs, {error} for {many}. The sd of c_s − c_t is {apart} in both: "
        "more runs do not bring the two networks of one run any closer.",
    ),
    (
        "The table as printed gives {printed} for ResNet-44. How unusual is that for one run, and for an average of "
        "6000?",
        "For one run not at all: {near} of the recorded runs are further from 0. For the average it is {score} "
        "standard errors. With the exponent −3 it would be {score_10}, with −4 {score_100}.",
    ),
    (
        "Could batch norm in eval mode explain it? Choose “Batch norm in eval mode” under “Presets …”.",
        "Its size, yes: one run has sd {eval_sd} there, and {printed} is {eval_score} standard errors. But then all "
        "four averages of the table lie closer to 0 than chance brings them (p = {too_close}). Which mode, images and "
        "initialisation the paper took is not said, so this cannot be settled from it.",
    ),
    (
        "Proposition 1 of the paper asks for zero-mean parameters. Choose “A bias that is not zero” under "
        "“Presets …”: what happens to the averages, and what to c_s − c_t?",
        "The averages run to log(1/100) = {level}. The difference keeps its spread, {prior_apart} against {apart}: the "
        "same constant stands on both sides.",
    ),
    (
        "What would make c_s = c_t true in every run?",
        "Taking the class mean out of the last layer, W − w̄ and b − b̄, in student and teacher: then c = 0 for "
        "every input. Page 04 does it.",
    ),
)

# the verdict
SINGLE = "In a single run c_s − c_t has sd {apart}; c_s of {student} has {c_s} around {level}, c_t of {teacher} {c_t}."
AVERAGE = "The average of c_t over {runs} runs, {average} ± {error}, narrows as 1/√N whatever single runs do."
LEVEL_MOVED = (
    "Every bias starts at log(1/K) = {level}: Proposition 1 does not apply here, and the averages as printed belong to "
    "another initialisation. The constant cancels in c_s − c_t."
)
FAR = "Of the {count} averages as printed {fit} fit; {listed}."
FAR_ONE = (
    "Of the {count} averages as printed {fit} fit; {listed}. With the exponent −4 it would be {slip}, in eval mode "
    "{other}; the paper does not say enough to settle it."
)
FAR_ITEM = "{printed} for {network} is {score} standard errors off"
NEAR = "The averages as printed lie within {score} standard errors of 0."
TOO_NEAR = "That is nearer than chance brings {count} averages: probability {chance}."
YOURS = "Your runs, {runs} so far: c_t {average} ± {error}, and c_s − c_t is {apart} in root mean square."
PROGRESS = "{runs} runs of each network"

# meters and table
SD_STUDENT, SD_TEACHER, SD_APART = "sd of c_s in one run", "sd of c_t in one run", "sd of c_s − c_t"
SCORE_PRINTED = "printed for {network}: z"
HEADER = (
    "network", "mean |h|²", "sd, counted", "sd, exact", "average over {runs}", "standard error", "z", "as printed",
    "z of printed",
)  # fmt: skip

# charts
AS_PRINTED, RECORDED, YOUR_RUNS = "as printed", "recorded runs", "your runs"
RUNS = {
    "title": "Single runs",
    "alt": "Histograms over runs: the mean logit of student and teacher, and their difference, spread around 0.",
    "gap": "c<sub>s</sub> − c<sub>t</sub>, one pair of runs",
    "gap_hover": "c<sub>s</sub> − c<sub>t</sub> = {gap}<br>{share} of the pairs<extra></extra>",
    "student": "c<sub>s</sub>, student",
    "teacher": "c<sub>t</sub>, teacher",
    "law": "c<sub>s</sub> − c<sub>t</sub>, exact",
    "yours": "c<sub>s</sub> − c<sub>t</sub>, your runs",
    "x": "mean logit of one network",
    "y": "share of the runs",
}
FUNNEL = {
    "title": "Averages over runs",
    "alt": "Averages of the mean logit over N runs, inside a funnel that narrows as one over root N; crosses mark the "
    "averages that the paper prints for {runs} runs.",
    "band": "{symbol} ± {level} SE",
    "average": "average of {symbol}",
    "yours": "{symbol}, your runs",
    "printed_student": "student: as printed",
    "printed_teacher": "teacher: as printed",
    "x": "runs N in the average",
    "y": "average",
}
TABLE_1 = {
    "title": "Table 1, in standard errors",
    "alt": "For each network the average over runs, ours and as printed, in standard errors from what is expected.",
    "hover": "{score} standard errors<extra>{name}</extra>",
    "x": "depth of the ResNet",
}
