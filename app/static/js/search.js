// The search in the header: results drop down as one types, arrows walk through them, Enter opens, Escape closes.
// A scanner types faster than any person: a burst that ends in Enter, while nothing is focused, is looked up as a code.
(() => {
  "use strict";
  const BURST = 35;
  const SHORTEST_CODE = 4;
  const form = () => document.querySelector("[data-search]");
  const results = () => document.getElementById("search-results");

  function show(open) {
    const list = results();
    if (list) list.hidden = !open || !list.firstElementChild;
  }

  function walk(step) {
    const links = [form().querySelector("[data-search-input]"), ...results().querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    links.at((at + step) % links.length)?.focus();
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "search-results") show(Boolean(form().querySelector("[data-search-input]").value.trim()));
  });
  document.addEventListener("focusin", (event) => show(Boolean(event.target.closest?.("[data-search]"))));
  document.addEventListener("click", (event) => { if (!event.target.closest("[data-search]")) show(false); });
  document.addEventListener("input", (event) => { if (event.target.matches("[data-search-input]") && !event.target.value.trim()) show(false); });
  document.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("[data-search]")) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); walk(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Escape") { show(false); form().querySelector("[data-search-input]").blur(); }
  });

  // --- a scan from any page ----------------------------------------------------------------------------------------

  let burst = "";
  let last = 0;

  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("input, textarea, select, [contenteditable]") || !form()) return;
    if (event.timeStamp - last > BURST) burst = "";
    last = event.timeStamp;
    if (event.key.length === 1) burst += event.key;
    if (event.key === "Enter" && burst.length >= SHORTEST_CODE) { event.preventDefault(); lookUp(burst); burst = ""; }
  });

  function lookUp(code) {
    form().querySelector("[data-search-input]").value = code;
    form().submit();
  }
})();
