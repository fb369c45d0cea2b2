// The camera as a scanner. A button with data-camera opens it for the first field of its form; the phone's Scan for the
// page's scan field, or else for the search. What is read goes the way of a wedge scan: into the field, and sent. Where a
// form is made for many scans the camera stays open and shows each verdict; elsewhere it closes after one. What the camera
// sees is the matter of camera_picture.js, which hears camera:open and camera:close and tells camera:read.
(() => {
  "use strict";
  let field = null, isInHistory = false, afterwards = null;

  const sheet = () => document.getElementById("camera");
  const part = (name) => sheet().querySelector(name);
  const tell = (event) => document.dispatchEvent(new CustomEvent(event));
  const isForMany = () => field.form.matches("[data-scan]");
  if (navigator.mediaDevices || !window.isSecureContext) document.documentElement.classList.add("has-camera");

  // --- open and close ----------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-camera]");
    // Where there is no camera to be had the phone's Scan remains the link that it is.
    if (!opener || (opener.matches("a") && !navigator.mediaDevices)) return;
    field = fieldOf(opener);
    if (!field || !sheet()) return;
    event.preventDefault();
    open(opener.matches("a"));
  });

  function fieldOf(opener) {
    const form = opener.closest("form") || document.querySelector("main :is(form[data-scan], form.scan-form)") || document.querySelector("form[data-search]");
    return form?.querySelector("input:not([type=hidden])");
  }

  function open(isFromBar) {
    sheet().showModal();
    history.pushState({ camera: true }, "");
    isInHistory = true;
    part("footer")?.toggleAttribute("hidden", !isFromBar);
    part(".camera-verdict").replaceChildren();
    mirror();
    tell("camera:open");
  }

  document.addEventListener("close", (event) => {
    if (event.target !== sheet()) return;
    tell("camera:close");
    if (isInHistory) history.back();
    else left();
    field?.focus({ preventScroll: true });
  }, true);

  // Going back closes the sheet. htmx must not hear of it: it would load the page anew.
  window.addEventListener("popstate", (event) => {
    if (!isInHistory) return;
    event.stopImmediatePropagation();
    isInHistory = false;
    if (sheet().open) sheet().close();
    else left();
  }, true);
  window.addEventListener("pagehide", () => { isInHistory = false; if (sheet()?.open) sheet().close(); });

  function closeAnd(go) {
    afterwards = go;
    tell("camera:close");
    sheet().close();
  }

  function left() {
    const go = afterwards;
    afterwards = null;
    go?.();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#camera a");
    if (!link) return;
    event.preventDefault();
    closeAnd(() => location.assign(link.href));
  });

  // --- what is read ------------------------------------------------------------------------------------------------

  // From wedge.js as well: a scanner's keys, while the sheet is open, are a scan like any other.
  document.addEventListener("camera:read", ({ detail: text }) => {
    navigator.vibrate?.(40);
    sheet().classList.add("read");
    setTimeout(() => sheet().classList.remove("read"), 250);
    if (isForMany()) send(text);
    else closeAnd(() => send(text));
  });

  // A number that waits in the field, as in 12*, is for this code.
  function send(text) {
    if (!field.isConnected) field = document.getElementById(field.id) || field;
    field.value = field.value.endsWith("*") ? field.value + text : text;
    if (field.form.matches("[data-scan], .scan-form, [role=search]")) field.form.requestSubmit();
    else field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // --- what is said ------------------------------------------------------------------------------------------------

  // The page below is out of reach while the sheet is open: its verdict is shown here as well.
  function mirror() {
    if (!sheet()?.open || !isForMany()) return;
    const shown = document.createElement("div");
    for (const source of document.querySelectorAll("main .scan > .verdict, main [data-scan-waiting]:not([hidden])")) shown.append(copied(source));
    const place = part(".camera-verdict");
    if (place.innerHTML !== shown.innerHTML) place.replaceChildren(...shown.childNodes);
  }

  function copied(source) {
    const copy = source.cloneNode(true);
    for (const name of ["id", "role", "data-tone", "data-heard", "data-scan-keep", "data-scan-waiting"]) copy.removeAttribute(name);
    return copy;
  }

  for (const change of ["htmx:afterSettle", "htmx:afterRequest", "scan:taken", "scan:said"]) document.addEventListener(change, () => setTimeout(mirror));
  for (const change of ["online", "offline"]) window.addEventListener(change, () => setTimeout(mirror));
})();
