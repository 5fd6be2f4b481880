// The bar of a live run: buttons, how far it is, time left. What the buttons do is decided in the kernel.
import { h, setText } from "./dom.js";

const SAYS = {
  idle: "Recorded. Play runs it here, now.",
  waiting: "Waiting for a free place to train: you are number",
  starting: "Loading PyTorch and preparing the run …",
  running: "Running",
  paused: "Paused",
  stopped: "Stopped",
  finished: "Finished",
  failed: "The run ended with an error.",
};

const clock = (seconds) =>
  seconds < 1
    ? "under a second left"
    : seconds < 90
      ? `${Math.round(seconds)} s left`
      : `${Math.round(seconds / 60)} min left`;

export function runBar({ missing, seeded }, act) {
  const button = (label, text, what) =>
    h(
      "button",
      { type: "button", title: text, "aria-label": text, disabled: !!missing, onclick: () => act(what()) },
      label,
    );
  let state = "idle";
  const going = () => ["running", "starting"].includes(state);
  const play = button("▶ Play", "Run live", () => (state === "waiting" ? "stop" : going() ? "pause" : "play"));
  const step = button("Step", "Run one step further", () => "step");
  const stop = button("Stop", "End the live run, keep what it drew", () => "stop");
  const reset = button("Reset", "Back to the recorded run", () => "reset");
  const again = seeded && button("New seed", "Train again from another seed", () => "seed");
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress of the live run" });
  const text = h("span", { class: "kd-far" });
  const spoken = h("span", { class: "kd-spoken", role: "status" });
  const show = (run) => {
    const said = [SAYS[run.state], run.place || ""].join(" ").trim();
    state = run.state;
    const waiting = state === "waiting";
    setText(play, waiting ? "✕ Cancel" : going() ? "⏸ Pause" : "▶ Play");
    play.setAttribute("aria-label", waiting ? "Leave the queue" : going() ? "Pause the live run" : "Run live");
    play.title = play.getAttribute("aria-label");
    step.disabled = state === "starting" || waiting;
    stop.disabled = !going() && state !== "paused" && !waiting;
    reset.disabled = state === "idle";
    bar.max = run.total || 1;
    bar.value = run.done;
    bar.hidden = state === "idle" || waiting;
    const left = state === "running" && run.left !== null ? clock(run.left) : "";
    setText(text, [said, run.words, left].filter(Boolean).join(" · "));
    setText(spoken, said);
  };
  const el = h(
    "section",
    { class: "kd-run", "aria-label": "Live run" },
    h("div", { class: "kd-buttons" }, play, step, stop, reset, again),
    bar,
    text,
    spoken,
  );
  if (missing) {
    bar.hidden = true;
    setText(text, missing);
  }
  return { el, show };
}
