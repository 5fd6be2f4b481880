// Around every dashboard: choose the theme before the first paint, and say so when the kernel or the connection is gone.
(function () {
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const kept = document.documentElement.dataset.kdChosen;
    document.documentElement.dataset.kdTheme =
      kept || (asked === "dark" || asked === "light" ? asked : system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
  setTimeout(() => document.getElementById("kd-slow")?.removeAttribute("hidden"), 20000);

  const EVERY = 3000; // ms between two looks at the kernel
  const LOST = {
    ended: "The session behind this page has ended. “Start again” opens it with the same settings.",
    offline: "No connection to the server. The page goes on by itself when the connection is back.",
  };
  let shown = "";
  function say(what) {
    if (what === shown) return;
    shown = what;
    const banner = document.getElementById("kd-banner");
    banner.hidden = !what;
    banner.replaceChildren();
    if (!what) return;
    banner.append(Object.assign(document.createElement("span"), { textContent: LOST[what] }));
    const again = Object.assign(document.createElement("button"), { type: "button", textContent: "Start again" });
    again.addEventListener("click", () => location.reload());
    banner.append(again);
  }
  async function look(url) {
    if (document.hidden || shown === "ended") return;
    try {
      const answer = await fetch(url, { cache: "no-store" });
      say(answer.status === 404 ? "ended" : "");
    } catch {
      say("offline");
    }
  }
  addEventListener("load", () => {
    const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
    if (!config.kernelId) return;
    const url = `${config.baseUrl}api/kernels/${config.kernelId}`;
    setInterval(look, EVERY, url);
    addEventListener("online", () => look(url));
    addEventListener("offline", () => say("offline"));
    document.addEventListener("visibilitychange", () => look(url));
  });
})();
