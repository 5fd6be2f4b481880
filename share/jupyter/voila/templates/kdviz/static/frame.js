// Around every dashboard: choose the theme before the first paint, and say so when a page takes long to start.
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
})();
