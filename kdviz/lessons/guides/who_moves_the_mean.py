"""What page 04 says: goal, question, tasks, reading, starting points. Numbers come from the page's compute."""

from kdviz.core.mean_runs import SAMPLES, STEPS
from kdviz.lessons import Predict, Preset, Task
from kdviz.lessons.guides.controls import at
from kdviz.words import numerals as say

GOAL = "See what training leaves alone: the mean logit, or only the class mean of the last layer, or neither."

HELP = {
    "loss": "What the student minimises. The gradients of CE and KD sum to zero over the classes, those of LM do not.",
    "student": "MLP: 64-32-32-10. Linear: 64-10. Free logits: no network, every image has ten numbers of its own.",
    "optimiser": "Which of the four runs is drawn thick. All four are always in the charts.",
    "decay": "Weight decay. SGD, momentum and Adam add it to the gradient, AdamW shrinks the weights directly.",
    "at_start": "Before the first step, take the mean over the classes out of the last layer’s weights and biases.",
    "each_pass": "Take that mean out whenever the network is used, in training too.",
    "offset": "The teacher’s mean logit: its own, as training made it, or one number for every image. Only LM sees it.",
    "seed": "Of the first weights and of the images. The recording holds one seed; Play trains any.",
}

PREDICT = Predict(
    "An MLP learns from a teacher by KD and plain SGD. In every image the gradients sum to zero over the classes. What "
    "keeps its value during training?",
    (
        "The mean logit of every image.",
        "The class mean of the last layer’s weights and biases, not the mean logit.",
        "Both.",
        "Neither.",
    ),
    1,
    "The last layer’s updates are sums of gradient times h(x), so they sum to zero over the classes: w̄ and b̄ stay. The "
    "mean logit is w̄·h(x) + b̄, and h(x), which the lower layers make, moves.",
)

PRESETS = {
    "paper-setting": Preset("Free logits, SGD", "net=free logits", "Logits without a network: here Eq. 5 decides."),
    "through-a-network": Preset("An MLP, SGD", "net=MLP", "The same loss through an MLP: w̄ stays, c(x) does not."),
    "adam-breaks-it": Preset("Adam", "opt=Adam", "Gradients sum to zero, what Adam makes of them does not."),
    "decay-wins": Preset("Weight decay 0.02", "wd=0.02", "w̄ shrinks by a factor that needs neither data nor loss."),
    "centred-start": Preset("Centred at the start", "centre=1", "The repair: c(x) is 0 and stays 0 for every image."),
    "lm-follows": Preset("LM, teacher’s mean 5", "loss=LM&off=5", "LM sees the mean and goes where the teacher’s is."),
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
    ("Steps", f"{STEPS} steps, {SAMPLES} digits, all of them at every step, in float64."),
)


def tasks(params, compute):
    """The tasks, with numbers from the page itself."""

    def run(query):
        result = at(params, compute, query)
        return result, result.trace(result.params.optimiser)

    (_, mlp), (_, free), (_, adam) = run(""), run("net=free logits"), run("opt=Adam")
    decayed = {loss: run(f"wd=0.02&loss={loss}") for loss in ("CE", "KD at T=4")}
    (_, centred), (_, again), (_, always) = run("centre=1"), run("centre=1&opt=Adam"), run("always=1&opt=Adam")
    lm = {off: run(f"loss=LM&off={off}")[1] for off in ("0", "5")}
    left = {loss: say.percent(trace.left, 4) for loss, (_, trace) in decayed.items()}
    factor = decayed["CE"][0].factor
    return (
        Task(
            "Start as the page opens: MLP, KD, SGD. Compare the change of w̄ with the change of the mean logit. Then "
            "take free logits. Where does the sum over the classes protect the mean logit?",
            f"MLP: w̄ changes by {say.number(float(mlp.head[-1]))}, the mean logit by up to {say.number(mlp.moved)}. "
            f"Free logits: by {say.number(free.moved)}. The zero sum protects what the gradients are added to: the "
            "logits themselves, or the last layer. A network puts h(x) in between.",
        ),
        Task(
            "Choose Adam. The dash-dotted line, the gradients, is where it was. What about the updates, and why?",
            f"Up to {say.percent(float(max(adam.update[1:])))} of them survives the sum. Adam divides every coordinate "
            "by its own running size, and a sum that is zero does not stay zero when its terms are rescaled one by "
            "one.",
        ),
        Task(
            "Set weight decay to 0.02 with SGD. Read the share of w̄ that is left at the end, for CE and for KD.",
            f"{left['CE']} and {left['KD at T=4']}; the green diamonds say {say.percent(float(factor[-1]), 4)}. The "
            "gradients add nothing to w̄, so only the decay acts, once per step, by the same factor whatever is "
            "learnt.",
        ),
        Task(
            "Tick “centre the last layer at the start”. By how much does a mean logit move with SGD, and with Adam? "
            "What does “centre it in every pass” change?",
            f"SGD: {say.number(centred.moved)}, since w̄ = 0 and b̄ = 0 stay. Adam: {say.number(again.moved)}, since "
            f"Adam moves w̄. Centred in every pass: {say.number(always.moved)} with Adam too.",
        ),
        Task(
            "Choose LM and set “teacher’s mean” to 0, then to 5. Where does the student’s mean logit end?",
            f"At {say.number(float(lm['0'].mean[-1]))} and {say.number(float(lm['5'].mean[-1]))}: LM is the one loss "
            "here that sees the mean, and it spends steps on matching it.",
        ),
    )
