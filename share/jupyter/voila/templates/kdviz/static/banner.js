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
    banner.append(Object.assign(document.createElement("span"), { textContent: words[what] }), button);
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
    if (document.hidden || !PASSING.has(shown)) return;
    try {
      const answer = await fetch(url, { cache: "no-store", headers: { "X-XSRFToken": token() } });
      if (answer.ok) say(server ? judge(await answer.json()) : "");
      else say(ANSWERS[answer.status] ?? "offline");
    } catch {
      alone = 0;
      say("offline");
    }
  }

  addEventListener("load", () => {
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
