// A scanner types faster than any person: that is how a scan is told from typing, on every page.
// Sent while no field has the focus, its code is looked up. Sent into an empty field it stays there, and its Enter does
// not send the form. A field that held something has it back, and the person decides what the scan was for.
(() => {
  "use strict";
  const BURST = 35;
  const SHORTEST_CODE = 4;
  const FIELDS = "input:not([type=hidden], [type=checkbox], [type=radio], [type=file], [readonly]), select";
  // These want scans, or take many, or hold what nobody may see: they are left alone.
  const TAKES_SCANS = "form[data-scan] *, [data-scan-input], .scan-form *, [data-search] *, input[type=search], input[type=password], textarea, [contenteditable]";
  let code = "";
  let last = 0;
  let before = "";

  const fieldOf = (element) => (element.matches?.(FIELDS) ? element : null);
  const lookUp = (text) => `${document.querySelector("[data-search]").getAttribute("action")}?q=${encodeURIComponent(text)}`;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !document.querySelector("[data-search]")) return;
    if (event.target.matches?.(TAKES_SCANS)) { code = ""; return; }
    const field = fieldOf(event.target);
    const inBurst = event.timeStamp - last <= BURST;
    if (event.key?.length === 1) {
      if (!inBurst) { code = ""; before = heldBy(field); }
      code += event.key;
      last = event.timeStamp;
    } else if ((event.key === "Enter" || (event.key === "Tab" && field)) && inBurst && code.length >= SHORTEST_CODE) {
      event.preventDefault();
      event.stopImmediatePropagation();
      taken(code, field, event.target.closest?.("form"));
      code = "";
    }
  }, true);

  // A text that is selected would be typed over: then it counts as empty.
  function heldBy(field) {
    if (!field) return "";
    const isSelected = field.value !== "" && field.selectionStart === 0 && field.selectionEnd === field.value.length;
    return isSelected ? "" : field.value;
  }

  function taken(text, field, form) {
    if (document.querySelector("#camera[open]")) { document.dispatchEvent(new CustomEvent("camera:read", { detail: text })); return; }
    if (!field && !form) { location.assign(lookUp(text)); return; }
    if (!field) { say(`${text} was scanned. The form is as it was.`, text, "amber"); return; }
    if (before === "" && field.matches("[type=text], :not([type]):not(select)")) {
      say(`${text} was scanned into this field.`, text, "blue");
      return;
    }
    field.value = before;
    field.dispatchEvent(new Event(field.matches("select") ? "change" : "input", { bubbles: true }));
    say(`${text} was scanned. The field holds what it held before.`, text, "amber");
  }

  function say(words, text, tone) {
    const detail = { words, tone, label: `Look ${text} up`, url: lookUp(text) };
    document.dispatchEvent(new CustomEvent("crosshire:say", { detail }));
  }
})();
