// Says what became of the session behind a page, with the button that helps; the state of a page is in its address.
(() => {
  const [EVERY, PATIENCE] = [3000, 30000]; // ms between two looks; ms that a lost websocket has to come back
  const PASSING = new Set(["", "offline", "returning"]);
  /** @type {Record<number, string>} 424: a Hub, of a server that was stopped */
  const ANSWERS = { 401: "locked", 403: "locked", 404: "ended", 424: "ended" };
  const { config, token, labels } = /** @type {any} */ (window).kdFrame;
  const reload = () => location.reload();
  let shown = "";
  let url = "";
  let server = ""; // which one made this page, "" for Voila inside a Jupyter server
  let alone = 0;
  let missed = 0; // looks in a row that the server did not answer

  /** @param {string} what a name of the labels, "" for nothing */
  function say(what) {
    if (what === shown) return;
    shown = what;
    const banner = document.getElementById("kd-banner");
    if (!banner) return;
    banner.hidden = !what;
    banner.dataset.state = what;
    banner.replaceChildren();
    if (!what) return;
    const words = labels();
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: words[`${what}_button`],
    });
    button.addEventListener("click", what === "offline" ? look : reload);
    const text = (what === "unmade" && document.body.dataset.kdSaid) || words[what];
    banner.append(Object.assign(document.createElement("span"), { textContent: text }), button);
  }

  // The page will not work: somebody has written into it why. What a browser then waits for is taken away.
  function heed() {
    const off = document.body?.dataset.kdOff;
    if (!off || !labels()[off]) return; // none, or one that stands on the page as it is
    document.getElementById("loading")?.remove();
    say(off);
  }

  /** @param {string} what */
  function end(what) {
    document.body.dataset.kdOff = what;
    dispatchEvent(new Event("kd-off"));
  }

  function complete() {
    const found = document.body?.dataset ?? {};
    return "kdReady" in found || "kdOff" in found;
  }

  // While the page is on its way: is it still? A browser that was cut off in the midst of a page fires no event.
  async function watch() {
    const { base, kernel, server: maker } = document.getElementById("kd-banner")?.dataset ?? {};
    if (!kernel || document.hidden || complete()) return;
    let lost = false;
    try {
      const answer = await fetch(`${base}voila/session/${kernel}`, { cache: "no-store" });
      const { state, server: now } = answer.ok ? await answer.json() : { state: "open", server: maker };
      lost = now !== maker || !["open", "unknown"].includes(state); // unknown: it starts
      missed = 0;
    } catch {
      missed += 1;
    }
    if ((lost || missed > 1) && !complete()) end("unfinished");
  }

  /** @param {{state: string, server: string, connections: number}} session */
  function judge({ state, server: now, connections }) {
    alone = state === "open" && !connections ? alone || Date.now() : 0;
    if (alone) return Date.now() - alone > PATIENCE ? "cut" : shown && "returning";
    if (state === "open") return "";
    if (state === "unknown") return now === server ? "ended" : "restarted";
    return state in labels() ? state : "ended";
  }

  async function look() {
    if (document.hidden || !PASSING.has(shown) || "kdOff" in document.body.dataset) return;
    try {
      const answer = await fetch(url, { cache: "no-store", headers: { "X-XSRFToken": token() } });
      if (answer.ok) say(server ? judge(await answer.json()) : "");
      else say(ANSWERS[answer.status] ?? "offline");
    } catch {
      alone = 0;
      say("offline");
    }
  }

  heed();
  addEventListener("kd-off", heed);
  const watching = setInterval(watch, EVERY);
  addEventListener("load", () => {
    clearInterval(watching);
    heed();
    if (!complete()) return end("unfinished"); // a response that came to its end too soon
    const { baseUrl, kernelId, kdvizServer = "" } = config();
    if (!kernelId) return;
    server = kdvizServer;
    url = `${baseUrl}${server ? "voila/session" : "api/kernels"}/${kernelId}`;
    if (!server && !token()) fetch(`${baseUrl}voila/tree`).catch(() => {}); // its answer sets the token
    look();
    setInterval(look, EVERY);
    addEventListener("online", look);
    addEventListener("offline", () => PASSING.has(shown) && say("offline"));
    document.addEventListener("visibilitychange", look);
  });
})();
