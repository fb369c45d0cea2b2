// No scan is lost. Each is written to this browser's storage before it is sent, sent in order, one at a time, and
// forgotten only when the server has answered it; with no network the line below the input says how many wait.
// A form may hold hidden inputs named scan_id, scanned_at and sequence: they are filled in here.
(() => {
  "use strict";
  const KEY = "scans";
  const ANSWERED = [200, 201, 404, 409, 422];
  const TIMEOUT = 10000;
  const WAITS = [1000, 2000, 5000, 10000, 20000];
  let sending = null;
  let failures = 0;
  let timer = 0;

  const form = () => document.querySelector("form[data-scan]");
  const waiting = () => JSON.parse(localStorage.getItem(KEY) || "[]");

  function keep(scans) {
    localStorage.setItem(KEY, JSON.stringify(scans));
    show(scans.length);
  }

  // crypto.randomUUID exists only behind TLS, and a warehouse may run on plain HTTP in its own network.
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  function sequence() {
    const next = Number(localStorage.getItem("scan-sequence") || 0) + 1;
    localStorage.setItem("scan-sequence", String(next));
    return next;
  }

  // --- in ----------------------------------------------------------------------------------------------------------

  document.addEventListener("scan:taken", (event) => {
    const fields = { ...event.detail };
    delete fields.csrf_token;
    if ("scan_id" in fields) fields.scan_id = uuid();
    if ("scanned_at" in fields) fields.scanned_at = new Date().toISOString();
    if ("sequence" in fields) fields.sequence = sequence();
    const before = waiting();
    keep([...before, { key: uuid(), url: event.target.getAttribute("hx-post"), fields, follows: before.length > 0 }]);
    send();
  });

  // --- out ---------------------------------------------------------------------------------------------------------

  // What holds from one scan to the next (a shelf, what is in hand) is told by the answer to the scan before. Was that
  // still on its way when this one was made, the screen did not know it yet: it is looked up when this one is sent.
  function fieldsOf(scan) {
    if (!scan.follows) return scan.fields;
    const holds = [...form().elements].filter((box) => box.matches("[data-scan-holds]"));
    const fields = { ...scan.fields };
    for (const name of form().dataset.scanHolds?.split(" ") ?? []) delete fields[name];
    return { ...fields, ...Object.fromEntries(holds.map((box) => [box.name, box.value])) };
  }

  function send() {
    const [scan] = waiting();
    const target = form()?.getAttribute("hx-target");
    if (sending || !scan || !target || !document.querySelector(target)) return;
    sending = scan.key;
    clearTimeout(timer);
    if (scan.url !== form().getAttribute("hx-post")) return sendAside(scan);
    const swap = form().getAttribute("hx-swap") || "outerHTML";
    htmx.ajax("POST", scan.url, { source: form(), target, swap, values: fieldsOf(scan) }).catch(() => {});
  }

  // What was scanned on another screen is sent too, but its answer has no place on this one.
  async function sendAside(scan) {
    const body = new URLSearchParams({ ...scan.fields, csrf_token: form().elements.csrf_token.value });
    const headers = { "HX-Request": "true" };
    const options = { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) };
    const status = await fetch(scan.url, options).then((answer) => answer.status, () => 0);
    answered(status);
    if (ANSWERED.includes(status)) document.dispatchEvent(new CustomEvent("crosshire:say", { detail: { words: "A scan from another screen was sent. Its verdict stands there.", tone: "blue" } }));
  }

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt === form()) event.detail.timeout = TIMEOUT;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt === form()) answered(event.detail.xhr.status);
  });

  function answered(status) {
    if (!sending) return;
    const sent = sending;
    sending = null;
    if (ANSWERED.includes(status)) {
      failures = 0;
      // By its key, not by its place: another tab may have sent and dropped the first one meanwhile.
      keep(waiting().filter((scan) => scan.key !== sent));
      send();
    } else {
      timer = setTimeout(send, WAITS[Math.min(failures++, WAITS.length - 1)]);
      show(waiting().length);
    }
  }

  // --- what still waits --------------------------------------------------------------------------------------------

  function line() {
    const found = document.querySelector("[data-scan-waiting]");
    if (found || !form()) return found;
    const made = document.createElement("p");
    made.className = "scan-waiting";
    made.dataset.scanWaiting = "";
    made.setAttribute("role", "status");
    form().after(made);
    return made;
  }

  function show(count) {
    const words = line();
    if (!words) return;
    const lost = failures > 0 || !navigator.onLine;
    words.hidden = count === 0 || (!lost && count < 2);
    const scans = count === 1 ? "1 scan is" : `${count} scans are`;
    words.textContent = lost ? `No connection. ${scans} kept here and sent as soon as it is back. Go on scanning.` : `${scans} on the way.`;
    document.querySelector(".verdict")?.classList.toggle("stale", lost && count > 0);
  }

  const resume = () => { if (form()) { show(waiting().length); send(); } };
  window.addEventListener("online", resume);
  window.addEventListener("offline", () => show(waiting().length));
  document.addEventListener("DOMContentLoaded", resume);
  document.addEventListener("htmx:historyRestore", resume);
  window.addEventListener("beforeunload", (event) => { if (failures && waiting().length) event.preventDefault(); });
})();
