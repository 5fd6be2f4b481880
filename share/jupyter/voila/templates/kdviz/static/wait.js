// The waiting page: ask for the place in the queue; the answer comes when it changes, and with a turn the page loads anew.
(async () => {
  const box = /** @type {HTMLElement} */ (document.getElementById("kd-wait"));
  const labels = /** @type {any} */ (window).kdFrame.labels();
  const { ticket, base } = box.dataset; // ticket: empty where the queue is full
  const pause = (/** @type {number} */ seconds) => new Promise((go) => setTimeout(go, seconds * 1000));
  if (!ticket) {
    await pause(20 + 20 * Math.random());
    return location.reload();
  }
  let place = box.dataset.place;
  for (;;) {
    try {
      const answer = await fetch(`${base}voila/queue?place=${place}`, { cache: "no-store" });
      if (!answer.ok) {
        await pause(1 + 2 * Math.random()); // the ticket is gone: a new one comes with the page
        return location.reload();
      }
      const { turn, place: now, seconds } = await answer.json();
      if (turn || !now) return location.reload();
      place = String(now);
      const text = (seconds === null ? labels.queue_full : labels.queue_soon)
        .replace("{place}", place)
        .replace("{seconds}", String(Math.max(1, Math.round(seconds))));
      if (box.textContent !== text) box.textContent = text;
    } catch {
      await pause(3); // no connection: try again
    }
    await pause(0.3);
  }
})();
