// The scan station: the input never loses the focus, a burst that ends in Enter or Tab is taken at once,
// and the box is empty again before the answer is there. What was taken goes to scan_queue.js as an event.
(() => {
  "use strict";
  const REPEAT = 500;
  const BURST = 60;
  // Milliseconds that an offer must have stood before a key agrees to it: a scanner that ends twice agrees to nothing.
  const SEEN = 600;
  let lastCode = "";
  let lastAt = 0;
  let lastKeyAt = 0;
  let offeredAt = 0;

  const input = () => document.querySelector("[data-scan-input]");
  const isControl = (element) => element?.matches?.("input, select, textarea, button, a, summary");

  // --- focus -------------------------------------------------------------------------------------------------------

  function refocus() {
    if (!isControl(document.activeElement) && !document.querySelector("dialog[open]")) input()?.focus({ preventScroll: true });
  }

  // The same code twice within REPEAT is one that bounced, unless something was pressed between: then it is meant again.
  document.addEventListener("click", (event) => { if (!event.target.closest("form[data-scan]")) lastCode = ""; });
  // A tap on empty floor, or a key typed into nothing, belongs to the input.
  document.addEventListener("click", () => setTimeout(refocus));
  document.addEventListener("htmx:afterSettle", () => setTimeout(refocus));
  // What is not simply done must be read, wherever on the list the hand was; and what came of an offer, which is gone.
  let isOffer = false;
  document.addEventListener("htmx:beforeRequest", (event) => { isOffer = event.target.closest("#scan-next, #case-checking") !== null; });
  let lastVerdict = document.getElementById("scan-verdict");
  document.addEventListener("htmx:afterSettle", () => {
    const verdict = document.getElementById("scan-verdict");
    if (verdict === lastVerdict) return;
    lastVerdict = verdict;
    offeredAt = performance.now();
    keepInField(verdict);
    if (isOffer || !verdict?.matches(".green, .idle")) verdict?.scrollIntoView({ block: "nearest" });
    // However tall what is offered: the box for the next code stays in sight of whoever scans.
    if (document.activeElement === input()) input().form.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refocus(); });
  document.addEventListener("DOMContentLoaded", refocus);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isControl(event.target)) input()?.focus({ preventScroll: true });
  });

  document.addEventListener("scan:not-kept", (event) => { if (input() && !input().value) input().value = event.detail; });

  // What could not be used stays in the box, marked, so that the next code takes its place; a number waits for its code.
  function keepInField(verdict) {
    const box = input(), kept = verdict?.dataset.scanKeep;
    if (!box || !kept || box.value) return;
    box.value = kept;
    if (!kept.endsWith("*") && document.activeElement === box) box.select();
  }

  // A number that is being typed beside a line is not swept away by what others count meanwhile.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const typed = [...event.detail.elt.querySelectorAll?.("[data-count-typed]") ?? []].some((box) => box.value);
    if (typed && event.detail.requestConfig.verb === "get" && event.detail.elt.matches("[data-asks-again]")) event.preventDefault();
  });

  // --- taking a code -----------------------------------------------------------------------------------------------

  function take(form, at) {
    const box = input();
    const code = box.value.trim();
    if (!code) agree(at);
    const repeated = code === lastCode && at - lastAt < REPEAT;
    if (code && !repeated) {
      lastCode = code;
      lastAt = at;
      obey(form, code);
      taken(form, Object.fromEntries(new FormData(form)));
    }
    box.value = "";
    box.focus({ preventScroll: true });
  }

  // Enter on the empty box presses what the verdict offers: the large button, and never one that takes something back.
  function agree(at) {
    const offer = document.querySelector("#scan-next .button.big.primary"), line = document.querySelector("[data-scan-waiting]");
    if (offer && at - offeredAt > SEEN && at - lastAt > SEEN && line?.dataset.count === "0") offer.click();
  }

  // A card that names a mode is obeyed at once, also without a network: nobody taps a tab with gloves, and what is scanned
  // next counts in that mode however late the answer is. As with a tab, the place that was chosen is not kept.
  function obey(form, code) {
    const mode = code.toLowerCase(), tabs = [...document.querySelectorAll(".scan-modes a")];
    const tab = tabs.find((one) => new URL(one.href).searchParams.get("mode") === mode);
    if (!tab || !form.elements.mode || form.elements.mode.value === mode) return;
    form.elements.mode.value = mode;
    for (const one of tabs) one.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "page");
    history.replaceState(history.state, "", tab.href);
    document.querySelector("[data-scan-place]")?.closest(".scan-place").remove();
  }

  // A number is for one code: it is used the moment a code is taken, whatever the answer will be.
  function taken(form, fields) {
    const number = Number(given()?.dataset.scanNumber || 0);
    if (given()) given().dataset.scanNumber = "";
    form.dispatchEvent(new CustomEvent("scan:taken", { bubbles: true, detail: { fields, number } }));
  }

  // In the capture phase: htmx would read the box only when the answer before has come, and join two codes into one.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-scan]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    take(event.target, event.timeStamp);
  }, true);

  // --- what holds for the scans to come ----------------------------------------------------------------------------

  const given = () => document.getElementById("scan-given");

  function clearNumber() {
    const form = input()?.form;
    if (!form || !given()?.dataset.scanNumber) return;
    taken(form, { ...Object.fromEntries(new FormData(form)), code: "UNDO" });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.target !== input()) return;
    if (event.target.value) event.target.value = "";
    else clearNumber();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-scan-clear]")) clearNumber();
    const unplace = event.target.closest("[data-scan-unplace]");
    if (unplace) unplace.parentElement.remove();
    if (unplace || event.target.closest("[data-scan-clear]")) input()?.focus({ preventScroll: true });
  });

  // Ticks and taken back scans leave the chosen place as it is.
  document.addEventListener("htmx:configRequest", (event) => {
    const place = document.querySelector("[data-scan-place]");
    const elt = event.detail.elt;
    if (place && elt.closest(".scan") && event.detail.verb === "post" && !elt.matches("[data-scan]")) event.detail.parameters.location_id = place.value;
  });

  // Some scanners end with Tab; a person who tabs on is slower than that.
  document.addEventListener("keydown", (event) => {
    if (event.target !== input()) return;
    const burst = event.timeStamp - lastKeyAt < BURST;
    lastKeyAt = event.timeStamp;
    if (event.key !== "Tab" || event.shiftKey || !burst || !event.target.value) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
})();
