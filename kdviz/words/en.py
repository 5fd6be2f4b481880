"""What a visitor reads in English, apart from the words of a page; holes stand in braces, filled by their name."""

KEPT = "Your settings are kept in the link."

# Labels of the pages, the index and the frame around them; the JavaScript holds no words of its own.
PAGE_LABELS = {
    "answer": "Answer",
    "bounds": "{low} to {high}",
    "controls": "Controls",
    "copied": "Copied",
    "copy_code": "Copy code",
    "copy_link": "Copy link",
    "dark": "Dark",
    "export": "Export",
    "formula": "The formula with the numbers on screen",
    "left_minutes": "{minutes} min left",
    "left_moment": "under a second left",
    "left_seconds": "{seconds} s left",
    "link": "Link to this state",
    "live_run": "Live run",
    "more_settings": "More settings",
    "new_seed": "New seed",
    "new_seed_help": "Train again from another seed",
    "next_page": "Next page: {title}",
    "no_library": "{name} could not be loaded, neither from the server nor from Python. Reload the page, or run its "
    "cell again.",
    "not_drawn": "This chart is not drawn yet; try again in a moment.",
    "numbers": "The numbers behind the charts",
    "pause": "⏸ Pause",
    "pause_help": "Pause the live run",
    "play": "▶ Play",
    "play_help": "Run live",
    "predict": "Predict first",
    "presets": "Presets …",
    "press_copy": "Press Ctrl+C",
    "previous_page": "Previous page: {title}",
    "progress": "Progress of the live run",
    "projector": "Projector",
    "reading": "How to read this page",
    "recorded": "Reset",
    "recorded_help": "Back to the recorded run",
    "reset_knob": "Reset {name} to {value}",
    "reset_to": "Reset to {value}",
    "result": "What the charts say",
    "right": "Right.",
    "run_failed": "The run ended with an error.",
    "run_finished": "Finished",
    "run_idle": "Recorded. Play runs it here, now.",
    "run_paused": "Paused",
    "run_running": "Running",
    "run_starting": "Loading PyTorch and preparing the run …",
    "run_stopped": "Stopped",
    "run_waiting": "Waiting for a free place to train: you are number {place}.",
    "cancel": "✕ Cancel",
    "cancel_help": "Leave the queue",
    "save_csv": "Numbers as CSV",
    "save_json": "State as JSON",
    "save_latex": "Verdict as LaTeX",
    "save_png": "Charts as PNG",
    "save_svg": "Charts as SVG",
    "show_or_hide": "Show or hide",
    "silent": "The computation has not answered for a while. If this stays, reload the page: your settings are kept in "
    "the link.",
    "start_from": "Settings to start from",
    "step": "Step",
    "step_help": "Run one step further",
    "stop": "Stop",
    "stop_help": "End the live run, keep what it drew",
    "table": "Data table",
    "tasks": "Try it",
    "type_value": "{name}: type a value",
    "typed_example": "2, 0, −1, 3",
    "value_now": "{name} = {value}",
    "wrong": "Not quite.",
}

INDEX_LABELS = {
    "flip_theme": "Light / dark",
    "minutes": "about {minutes} minutes",
    "no_library": PAGE_LABELS["no_library"],
    "picture": "Picture of the page {title}",
}

FRAME_LABELS = {  # of the Voila template: what became of a session, and the button that helps
    "cut": f"The connection to this page's session was lost. {KEPT}",
    "cut_button": "Connect again",
    "died": f"The session behind this page has ended unexpectedly. {KEPT}",
    "died_button": "Start again",
    "ended": f"The session behind this page has ended, perhaps because nobody used it for a while. {KEPT}",
    "ended_button": "Start again",
    "idle": f"This page was put to sleep because nobody used it for a while. {KEPT}",
    "idle_button": "Wake it up",
    "locked": f"The server asks for its link or token again, or for a login. {KEPT}",
    "locked_button": "Open the page again",
    "moved": "This page has given its place to another page of yours: every place is taken, or you have many pages "
    f"open. {KEPT}",
    "moved_button": "Open it here again",
    "offline": "No connection to the server. The page goes on by itself when it is back, with what you change now.",
    "offline_button": "Try now",
    "queue_full": "You are number {place} in the queue. Every place is taken; yours opens as soon as somebody leaves.",
    "queue_soon": "You are number {place} in the queue. Your turn comes in about {seconds} s.",
    "restarted": f"The server was started anew. {KEPT}",
    "restarted_button": "Open the page again",
    "returning": f"The server is back, and the page goes on in some seconds. {KEPT}",
    "returning_button": "Go on now",
    "unfinished": f"This page did not arrive in full, so it cannot work. {KEPT}",
    "unfinished_button": "Load it again",
    "unmade": f"This page could not be started. {KEPT}",
    "unmade_button": "Try again",
}

LABELS = {"page": PAGE_LABELS, "index": INDEX_LABELS, "frame": FRAME_LABELS}

# live runs of the server (kdviz/app/remote.py, kdviz/serve/trainer.py)
RUN_LOST = "The process of this run has ended, perhaps because memory ran out. Play starts it anew."
RUN_NEEDED = "The server needed the memory of this run for others, so it was ended. Play starts it anew."

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
    "sigma": "Standard deviation of the teacher’s logits over the classes. For the same draw only T/σ decides how far "
    "KD is from its limit. Typed logits bring their own σ.",
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
INSTALLED = "{parts}. The pages open without torch and without a network; a live run needs torch."
NOT_INSTALLED = "no {name}"
CHAPTERS = {"logits": "Temperature and means", "networks": "In a network"}
