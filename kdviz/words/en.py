"""English: the sentences that all pages share, and the labels of what the browser draws."""

LABELS = {  # of the JavaScript in kdviz/app/js, which gets them with a page; holes are filled there
    # a page
    "controls": "Controls",
    "more_settings": "More settings",
    "result": "What the charts say",
    "formula": "The formula with the numbers on screen",
    "try_it": "Try it",
    "answer": "Answer",
    "reading": "How to read this page",
    "numbers": "The numbers behind the charts",
    "table": "Data table",
    "predict": "Predict first",
    "right": "Right.",
    "wrong": "Not quite.",
    "show_or_hide": "Show or hide",
    # a control
    "type_a_value": "{name}: type a value",
    "range": "{low} to {high}",
    "reset_name": "Reset {name} to {value}",
    "reset": "Reset to {value}",
    "typed_example": "2, 0, −1, 3",
    # the header
    "home": "kdviz",
    "before": "Previous page: {title}",
    "after": "Next page: {title}",
    "presets": "Presets …",
    "presets_help": "Settings to start from",
    "copy_link": "Copy link",
    "copy_code": "Copy code",
    "copied": "Copied",
    "copy_by_hand": "Press Ctrl+C",
    "link": "Link to this state",
    "dark": "Dark",
    "projector": "Projector",
    "export": "Export",
    "export_charts": "Charts as {format}",
    "export_csv": "Numbers as CSV",
    "export_json": "State as JSON",
    "export_latex": "Verdict as LaTeX",
    # a live run
    "run": "Live run",
    "play": "▶ Play",
    "play_help": "Run live",
    "pause": "⏸ Pause",
    "pause_help": "Pause the live run",
    "step": "Step",
    "step_help": "Run one step further",
    "stop": "Stop",
    "stop_help": "End the live run, keep what it drew",
    "back": "Reset",
    "back_help": "Back to the recorded run",
    "new_seed": "New seed",
    "new_seed_help": "Train again from another seed",
    "progress": "Progress of the live run",
    "idle": "Recorded. Play runs it here, now.",
    "starting": "Loading PyTorch and preparing the run …",
    "running": "Running",
    "paused": "Paused",
    "stopped": "Stopped",
    "finished": "Finished",
    "failed": "The run ended with an error.",
    "under_a_second_left": "under a second left",
    "seconds_left": "{count} s left",
    "minutes_left": "{count} min left",
    # what can go wrong
    "silent": "The computation has not answered for a while. If this stays, reload the page: your settings are kept in "
    "the link.",
    "not_loaded": "{name} could not be loaded. Is kdviz installed where the Jupyter server runs?",
    "not_drawn": "This chart is not drawn yet; try again in a moment.",
    # the start page
    "picture": "Picture of the page {title}",
    "minutes": "about {count} minutes",
    "light_or_dark": "Light / dark",
}

# numbers (kdviz/words/numerals.py)
UNDEFINED = "undefined"
OVER = "over {share}"
UNDER = "under {share}"

# charts (kdviz/charts)
HOVER_CLASS = "class {number}<br>{name}: {value}<extra></extra>"
SORTED = "{name}, sorted"
LOWEST, MIDDLE, HIGHEST = "lowest", "middle", "highest"
AXIS_TEMPERATURE = "temperature T"
AXIS_STEP = "step"
HOVER_STEP = "step {step}<br>{value}"
AFTER = "After {step} of {steps} steps, {sentences}"
PROGRESS = "step {step} of {steps}"

# controls that pages share (kdviz/pages/controls.py), by the key of the knob
LABEL = {
    "family": "logits",
    "sigma": "spread σ",
    "seed": "seed",
    "zs": "student logits",
    "zt": "teacher logits",
    "printed": "as printed",
}
HELP = {
    "T": "Temperature: logits are divided by T before the softmax. 0.05 to a million, and ∞.",
    "cs": "Mean of the student’s logits over the classes. The softmax cannot see it; LM can.",
    "ct": "Mean of the teacher’s logits over the classes.",
    "K": "Number of classes, 2 to 1000. More than 30 are drawn as a sorted profile. Typed logits bring their own K.",
    "family": "How the logits are drawn. Typed: the numbers you write under “student logits” and “teacher logits”.",
    "sigma": "Standard deviation of the teacher’s logits over the classes. Only T/σ decides how far KD is from its "
    "limit. Typed logits bring their own σ.",
    "seed": "Another number, other logits of the same kind. Typed logits need no seed.",
    "zs": "Two to thirty numbers, separated by commas or spaces. Their mean is then set by c<sub>s</sub>.",
    "zt": "As many numbers as for the student. Their mean is then set by c<sub>t</sub>.",
}
FAMILIES = {
    "gaussian": "gaussian",
    "confident": "confident",
    "confusable": "confusable",
    "heavy tail": "heavy tail",
    "typed": "typed",
}
READING = (
    (
        "Family, spread σ, seed",
        "Which logits are drawn. Everything else on the page follows from them and the controls above.",
    ),
    (
        "Student logits, teacher logits",
        "Used when the family is “typed”. c<sub>s</sub> and c<sub>t</sub> still set their means.",
    ),
)

# the page around the charts (kdviz/app)
SOURCE = "kdviz {version}. Every number on this page is computed from the settings on this page."
LIVE_SOURCE = (
    "kdviz {version}. Every number on this page is computed from the recorded run of its settings, or from the run "
    "made here; data/ holds the records and the command that makes them."
)
NOT_COMPUTED = (
    "This setting could not be computed ({kind}). Change a control, or reload the page: your settings are kept in the "
    "link."
)
NOT_MADE = "{title}: {message}"
RELOAD = "Reload the page without the part of its address behind the “?”."
NO_TORCH = "PyTorch is not installed here, so the page shows its recorded run only."
UNKNOWN_KEYS = "{name}= takes {known}; ignored: {unknown}"
UNKNOWN_VALUE = "{name}={value} is not known here; it takes {known}"

# the start page (kdviz/app/index.py)
INDEX_GOAL = "See how knowledge distillation and logits matching relate: move a slider, watch the gradients."
INSTALLED = "{parts}. The pages listed here need no torch and no network."
NOT_INSTALLED = "no {name}"
CHAPTERS = {"logits": "Temperature and means", "networks": "In a network"}
