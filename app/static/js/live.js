// Parts that follow what happens: <section id="x" data-live="stock"> or "stock:7" is fetched anew when the server says
// that stock changed. While the page is hidden nothing is held; afterwards, and after a gap, it is fetched once.
(() => {
  "use strict";
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 60000;
  const GATHER = 250;

  let socket = null;
  let wait = FIRST_WAIT;
  let later = 0;
  let gathering = 0;
  let missed = false;
  const due = new Set();

  const parts = () => [...document.querySelectorAll("[data-live]")];
  const concerns = (part, message) => part.dataset.live === message.topic || message.product_id === null
    || part.dataset.live === `${message.topic}:${message.product_id}`;
  // What somebody is working in stays as it is until they have left it.
  const busy = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");

  function mark(message) {
    for (const part of parts()) if (part.id && concerns(part, message)) due.add(part.id);
    if (due.size && !gathering) gathering = setTimeout(fetchDue, GATHER * (0.5 + Math.random()));
  }

  async function fetchDue() {
    gathering = 0;
    const wanted = [...due];
    due.clear();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of wanted) replace(document.getElementById(id), page.getElementById(id));
    } catch { /* the next message, or the next connection, brings it */ }
  }

  function replace(old, fresh) {
    if (!old || !fresh || busy(old) || old.outerHTML === fresh.outerHTML) return;
    const node = document.importNode(fresh, true);
    old.replaceWith(node);
    window.htmx?.process(node);
  }

  function connect() {
    if (socket || document.hidden || !parts().length) return;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    socket.addEventListener("open", () => {
      wait = FIRST_WAIT;
      if (missed) mark({ topic: "stock", product_id: null });
      missed = false;
    });
    socket.addEventListener("message", (event) => mark(JSON.parse(event.data)));
    socket.addEventListener("close", () => { socket = null; missed = true; again(); });
  }

  function again() {
    clearTimeout(later);
    if (document.hidden || !parts().length) return;
    later = setTimeout(connect, wait * (0.5 + Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function leave() {
    clearTimeout(later);
    if (socket) { missed = true; socket.close(); }
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else { wait = FIRST_WAIT; connect(); } });
  document.addEventListener("htmx:afterSettle", connect);
  document.addEventListener("DOMContentLoaded", connect);
  window.addEventListener("pagehide", leave);
})();
