"""Page 04 in English."""

TITLE = "Who moves the mean?"
GOAL = "See what training leaves alone: the mean logit, or only the class mean of the last layer, or neither."

LABEL = {
    "loss": "loss",
    "net": "student",
    "opt": "optimiser",
    "wd": "weight decay",
    "centre": "centre the last layer at the start",
    "always": "centre it in every pass",
    "off": "teacher’s mean",
}
HELP = {
    "loss": "What the student minimises. The gradients of CE and KD sum to zero over the classes, those of LM do not.",
    "net": "MLP: 64-32-32-10. Linear: 64-10. Free logits: no network, every image has ten numbers of its own.",
    "opt": "Which of the four runs is drawn thick. All four are always in the charts.",
    "wd": "Weight decay. SGD, momentum and Adam add it to the gradient, AdamW shrinks the weights directly.",
    "centre": "Before the first step, take the mean over the classes out of the last layer’s weights and biases.",
    "always": "Take that mean out whenever the network is used, in training too.",
    "off": "The teacher’s mean logit: its own, as training made it, or one number for every image. Only LM sees it.",
    "seed": "Of the first weights and of the images. The recording holds one seed; Play trains any.",
}
LOSSES = {"KD at T=4": "KD at T=4", "KD at T=∞": "KD at T=∞"}
STUDENTS = {"MLP": "MLP", "linear": "linear", "free logits": "free logits"}
OPTIMISERS = {"SGD": "SGD", "momentum": "momentum", "Adam": "Adam", "AdamW": "AdamW"}
SUBJECT = {"SGD": "SGD", "momentum": "Momentum", "Adam": "Adam", "AdamW": "AdamW"}  # at the start of a sentence
TEACHER_MEANS = {"own": "own"}

PREDICT = {
    "question": "An MLP learns from a teacher by KD and plain SGD. In every image the gradients sum to zero over the "
    "classes. What keeps its value during training?",
    "options": (
        "The mean logit of every image.",
        "The class mean of the last layer’s weights and biases, not the mean logit.",
        "Both.",
        "Neither.",
    ),
    "why": "The last layer’s updates are sums of gradient times h(x), so they sum to zero over the classes: w̄ and b̄ "
    "stay. The mean logit is w̄·h(x) + b̄, and h(x), which the lower layers make, moves.",
}

PRESETS = {
    "paper-setting": ("Free logits, SGD", "Logits without a network: here Eq. 5 decides."),
    "through-a-network": ("An MLP, SGD", "The same loss through an MLP: w̄ stays, c(x) does not."),
    "adam-breaks-it": ("Adam", "Gradients sum to zero, what Adam makes of them does not."),
    "decay-wins": ("Weight decay 0.02", "w̄ shrinks by a factor that needs neither data nor loss."),
    "centred-start": ("Centred at the start", "The repair: c(x) is 0 and stays 0 for every image."),
    "lm-follows": ("LM, teacher’s mean 5", "LM sees the mean and goes where the teacher’s is."),
}

READING = (
    ("c(x)", "Mean over the classes of the logits of image x. The softmax cannot see it."),
    ("w̄, b̄", "Means over the classes of the last layer’s weights (a vector) and biases: c(x) = w̄·h(x) + b̄."),
    ("Loss, student, weight decay", "What is trained. Each setting is a run of its own, for each of four optimisers."),
    ("Thick line", "The optimiser that is chosen. Thin grey lines: the others, with their names at the end."),
    ("Coloured bands", "From the 5 % to the 95 % quantile of c(x) over the images; for the teacher likewise."),
    ("Second chart", "‖w̄ − w̄ at the start‖, above as it is, below with |b̄ − b̄ at the start| on a log axis."),
    ("Green diamonds", "What weight decay alone leaves of w̄: a recursion that knows learning rate and decay only."),
    (
        "What is left of the sum over classes",
        "Σ|sum over the classes| divided by Σ|entries|: 1 when all classes are pushed alike, 0 when pushes cancel. "
        "Solid: what was added to the last layer; dash-dotted: the gradients on the logits.",
    ),
    ("10⁻¹⁸", "Zero, or next to it: a log axis has to end somewhere. Rounding of float64 is near 10⁻¹⁶."),
    (
        "Free logits",
        "The table of logits is trained itself. Its w̄ is the list of all c(x), so the second chart shows their change.",
    ),
    ("Grey dotted line", "While a live run is drawn: the recorded run."),
    ("Steps", "{steps} steps, {samples} digits, all of them at every step, in float64."),
)

TASKS = (
    (
        "Start as the page opens: MLP, KD, SGD. Compare the change of w̄ with the change of the mean logit. Then "
        "take free logits. Where does the sum over the classes protect the mean logit?",
        "MLP: w̄ changes by {mlp_head}, the mean logit by up to {mlp}. Free logits: by {free}. The zero sum protects "
        "what the gradients are added to: the logits themselves, or the last layer. A network puts h(x) in between.",
    ),
    (
        "Choose Adam. The dash-dotted line, the gradients, is where it was. What about the updates, and why?",
        "Up to {adam} of them survives the sum. Adam divides every coordinate by its own running size, and a sum that "
        "is zero does not stay zero when its terms are rescaled one by one.",
    ),
    (
        "Set weight decay to 0.02 with SGD. Read the share of w̄ that is left at the end, for CE and for KD.",
        "{left_ce} and {left_kd}; the green diamonds say {factor}. The gradients add nothing to w̄, so only the decay "
        "acts, once per step, by the same factor whatever is learnt.",
    ),
    (
        "Tick “centre the last layer at the start”. By how much does a mean logit move with SGD, and with Adam? "
        "What does “centre it in every pass” change?",
        "SGD: {centred}, since w̄ = 0 and b̄ = 0 stay. Adam: {centred_adam}, since Adam moves w̄. Centred in every "
        "pass: {always} with Adam too.",
    ),
    (
        "Choose LM and set “teacher’s mean” to 0, then to 5. Where does the student’s mean logit end?",
        "At {lm_0} and {lm_5}: LM is the one loss here that sees the mean, and it spends steps on matching it.",
    ),
)

# the verdict
NOT_RECORDED = "Only seed {seed} is recorded. Press Play to train the four optimisers from this seed."
LOSS_NOT_RECORDED = "{loss} has no recording. Press Play to train it with the four optimisers."
CENTRED_ALWAYS = "{who}: the mean over the classes is taken out in every pass, so w̄ and b̄ are 0 throughout."
KEPT = "{who}: w̄ and b̄ stay where they were, to rounding (‖change‖ = {change})."
KEPT_FREE = "{who}: the means of the free logits stay where they were, to rounding (‖change‖ = {change})."
SHRUNK = (
    "{who}: w̄ and b̄ shrink to {left} of their start; weight decay alone predicts {predicted}, without a look at data "
    "or loss."
)
SHRUNK_FREE = (
    "{who}: the means of the free logits shrink to {left} of their start; weight decay alone predicts {predicted}, "
    "without a look at data or loss."
)
MOVED = "{who}: the change of w̄ has length {change}, {share} of the start."
MOVED_FROM_0 = "{who}: the change of w̄ has length {change}, from 0."
MOVED_FREE = "{who}: the change of the free logits’ means has length {change}, {share} of the start."
MOVED_FREE_FROM_0 = "{who}: the change of the free logits’ means has length {change}, from 0."
MOVES_MEANS = "The gradients of {loss} do not sum to zero over the classes: {loss} moves the means on purpose."
RESCALED = (
    "The gradients sum to zero over the classes, the updates do not (up to {left} is left): {who} rescales every "
    "weight by itself."
)
LOGIT_KEPT = "The mean logit of every image keeps its value, to {moved}."
LOGIT_MOVED = "The mean logit goes from {start} to {end} on average, in single images by up to {moved}."
TEACHER_AT = "The teacher’s is {teacher}."
FEATURES_MOVE = "It is w̄·h(x) + b̄, and h(x) moves."
SEES_MEANS = "{loss} sees the means, so Eq. 5 and 6 say nothing about it."
HOLDS = (
    "As printed (arXiv 2109.06458v2), Eq. 5 and 6 imply that the means “remain the same as their initial values”: that "
    "holds here."
)
FAILS = (
    "As printed (arXiv 2109.06458v2), Eq. 5 and 6 imply that the means “remain the same as their initial values”: that "
    "does not hold here."
)

# formula, meters and table
TEX_AVERAGE, TEX_LARGEST = "average of ", "largest change: "
STUDENT_MEAN, TEACHER_MEAN = "student’s c", "teacher’s c"
SUM_GRADIENTS, SUM_UPDATES = "Σ gradients", "Σ updates"
HEADER = (
    "optimiser", "‖w̄‖ at the start", "change of w̄", "change of b̄", "c at the start", "c at the end",
    "largest change of c(x)", "Σ gradients", "Σ updates", "test accuracy",
)  # fmt: skip

# charts
RECORDED, STUDENT, TEACHER, LINEAR = "recorded", "student", "teacher", "{name}, linear"
LOGIT = {
    "title": "Mean logit c(x) of the images",
    "alt": "Mean logit over the classes against training step: average and spread over the images for the chosen "
    "optimiser, averages for the others, and the teacher’s.",
    "teacher_band": "teacher, 90 % of the images",
    "student_band": "student, 90 % of the images",
}
HEAD = {
    "title": "Change of the last layer’s class mean",
    "alt": "How far the class means of the last layer’s weights and biases have moved, for each optimiser, on a "
    "linear and on a log scale, with the prediction from weight decay alone.",
    "predicted": "w̄ by weight decay alone",
    "log": "log scale",
    "linear": "‖change‖",
}
SUMS = {
    "title": "What is left of the sum over classes",
    "alt": "How much of the gradients and of the updates of the last layer survives summing over the classes, as "
    "a share, on a log scale.",
    "gradients": "gradients",
    "updates": "updates",
    "y": "Σ|sum| / Σ|entries|",
}
