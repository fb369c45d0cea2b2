// The search in the header: results drop down as one types, arrows walk through them, Enter opens, Escape closes.
(() => {
  "use strict";
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
})();
