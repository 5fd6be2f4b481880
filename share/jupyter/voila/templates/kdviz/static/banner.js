// Says what became of the session behind a page, with the button that helps; the state of a page is in its address.
(function () {
  const EVERY = 3000, PATIENCE = 30000; // ms between two looks; ms that a lost websocket has to come back
  const KEPT = "Your settings are kept in the link.";
  const reload = () => location.reload();
  const SAYS = {
    died: [`The session behind this page has ended unexpectedly. ${KEPT}`, "Start again", reload],
    idle: [`This page was put to sleep because nobody used it for a while. ${KEPT}`, "Wake it up", reload],
    ended: [`The session behind this page has ended, perhaps because nobody used it for a while. ${KEPT}`, "Start again", reload],
    moved: [`This page has given its place to another page of yours: every place is taken, or you have many pages open. ${KEPT}`, "Open it here again", reload],
    restarted: [`The server was started anew. ${KEPT}`, "Open the page again", reload],
    locked: [`The server asks for its link or token again, or for a login. ${KEPT}`, "Open the page again", reload],
    cut: [`The connection to this page's session was lost. ${KEPT}`, "Connect again", reload],
    offline: ["No connection to the server. The page goes on by itself when it is back, with what you change now.", "Try now", look],
    returning: [`The server is back, and the page goes on in some seconds. ${KEPT}`, "Go on now", reload],
  };
  const PASSING = new Set(["", "offline", "returning"]);
  const ANSWERS = { 401: "locked", 403: "locked", 404: "ended", 424: "ended" }; // 424: a Hub, of a server that was stopped
  const { config, token } = window.kdFrame;
  let shown = "", url = "", server = "", alone = 0; // server: which one made this page, "" for Voila inside a Jupyter server

  function say(what) {
    if (what === shown) return;
    shown = what;
    const banner = document.getElementById("kd-banner");
    banner.hidden = !what;
    banner.dataset.state = what;
    banner.replaceChildren();
    if (!what) return;
    const [text, label, act] = SAYS[what];
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
    button.addEventListener("click", () => act());
    banner.append(Object.assign(document.createElement("span"), { textContent: text }), button);
  }

  function judge({ state, server: now, connections }) {
    alone = state === "open" && !connections ? alone || Date.now() : 0;
    if (alone) return Date.now() - alone > PATIENCE ? "cut" : shown && "returning";
    if (state === "open") return "";
    return state === "unknown" ? (now === server ? "ended" : "restarted") : state in SAYS ? state : "ended";
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
