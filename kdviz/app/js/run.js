// The bar of a live run: buttons, how far it is, time left. What the buttons do is decided in the kernel.
/** @import { Labels, LiveSpec, RunStatus } from "./protocol.js" */
import { h, setText } from "./dom.js";
import { fill } from "./labels.js";

/**
 * @param {Labels} labels
 * @param {number} seconds
 */
export function timeLeft(labels, seconds) {
  if (seconds < 1) return labels.left_moment;
  if (seconds < 90) return fill(labels.left_seconds, { seconds: Math.round(seconds) });
  return fill(labels.left_minutes, { minutes: Math.round(seconds / 60) });
}

/**
 * @param {LiveSpec} live
 * @param {Labels} labels
 * @param {(what: string) => void} act
 */
export function runBar({ missing, seeded }, labels, act) {
  const button = (/** @type {string} */ label, /** @type {string} */ text, /** @type {() => string} */ what) =>
    h(
      "button",
      { type: "button", title: text, "aria-label": text, disabled: !!missing, onclick: () => act(what()) },
      label,
    );
  let state = "idle";
  const going = () => ["running", "starting"].includes(state);
  const play = button(labels.play, labels.play_help, () => (state === "waiting" ? "stop" : going() ? "pause" : "play"));
  const step = button(labels.step, labels.step_help, () => "step");
  const stop = button(labels.stop, labels.stop_help, () => "stop");
  const reset = button(labels.recorded, labels.recorded_help, () => "reset");
  const again = seeded && button(labels.new_seed, labels.new_seed_help, () => "seed");
  const bar = h("progress", { max: 1, value: 0, "aria-label": labels.progress });
  const text = h("span", { class: "kd-far" });
  const spoken = h("span", { class: "kd-spoken", role: "status" });
  const show = (/** @type {RunStatus} */ run) => {
    state = run.state;
    const waiting = state === "waiting";
    const sentence = fill(labels[`run_${state}`], { place: run.place });
    setText(play, waiting ? labels.cancel : going() ? labels.pause : labels.play);
    play.title = waiting ? labels.cancel_help : going() ? labels.pause_help : labels.play_help;
    play.setAttribute("aria-label", play.title);
    step.disabled = state === "starting" || waiting;
    stop.disabled = !going() && state !== "paused" && !waiting;
    reset.disabled = state === "idle";
    bar.max = run.total || 1;
    bar.value = run.done;
    bar.hidden = state === "idle" || waiting;
    const left = state === "running" && run.left !== null ? timeLeft(labels, run.left) : "";
    setText(text, [sentence, run.words, left].filter(Boolean).join(" · "));
    setText(spoken, sentence);
  };
  const el = h(
    "section",
    { class: "kd-run", "aria-label": labels.live_run },
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
