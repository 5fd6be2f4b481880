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
