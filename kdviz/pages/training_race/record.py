"""The recording of page 05: every method over twenty seeds, at the settings that presets and tasks open."""

from kdviz.pages.training_race.run import PLAN, follow
from kdviz.pages.training_race.runs import ENTRIES, SEEDS, STEPS, Setting, pack

SETTINGS = (
    *(Setting(n=n) for n in (20, 30, 50, 100, 200, 400, 1200)),
    Setting(n=400, missing="3"),
    Setting(n=100, noise=0.2),
    Setting(n=1200, noise=0.4),
    Setting("hierarchy"),
    Setting("MNIST-1D", 400),
)


def make() -> tuple[dict, dict]:
    """(arrays, facts): see `runs.pack`."""
    arrays: dict = {}
    for setting in SETTINGS:
        *_, last = follow(ENTRIES, setting, 0, SEEDS)
        arrays |= pack(setting, last)
    facts = {
        "what": f"{len(ENTRIES)} methods × {SEEDS} seeds × {STEPS} steps at {len(SETTINGS)} settings, float32",
        "settings": [setting.name for setting in SETTINGS],
        "seeds": f"0 to {SEEDS - 1}: first weights and transfer set",
        "plan": str(PLAN),
        "teacher": "8 networks with 256 hidden units, trained on 1200 labels, wrong ones too; mean of their logits",
    }
    return arrays, facts
