// The scan station: the input never loses the focus, a burst that ends in Enter or Tab is taken at once,
// and the box is empty again before the answer is there. What was taken goes to scan_queue.js as an event.
(() => {
  "use strict";
  const REPEAT = 500;
  const BURST = 60;
  let lastCode = "";
  let lastAt = 0;
  let lastKeyAt = 0;

  const input = () => document.querySelector("[data-scan-input]");
  const isControl = (element) => element?.matches?.("input, select, textarea, button, a, summary");

  // --- focus -------------------------------------------------------------------------------------------------------

  function refocus() {
    if (!isControl(document.activeElement) && !document.querySelector("dialog[open]")) input()?.focus({ preventScroll: true });
  }

  // A tap on empty floor, or a key typed into nothing, belongs to the input.
  document.addEventListener("click", () => setTimeout(refocus));
  document.addEventListener("htmx:afterSettle", () => setTimeout(refocus));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refocus(); });
  document.addEventListener("DOMContentLoaded", refocus);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isControl(event.target)) input()?.focus({ preventScroll: true });
  });

  // --- taking a code -----------------------------------------------------------------------------------------------

  function take(form, at) {
    const box = input();
    const code = box.value.trim();
    const repeated = code === lastCode && at - lastAt < REPEAT;
    if (code && !repeated) {
      lastCode = code;
      lastAt = at;
      form.dispatchEvent(new CustomEvent("scan:taken", { bubbles: true, detail: Object.fromEntries(new FormData(form)) }));
    }
    box.value = "";
    box.focus({ preventScroll: true });
  }

  // In the capture phase: htmx would read the box only when the answer before has come, and join two codes into one.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-scan]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    take(event.target, event.timeStamp);
  }, true);

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
