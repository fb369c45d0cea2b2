// Native dialogs: opened by data-dialog="id", closed by data-close, Escape, a click beside them, or a deed that worked.
// A form, link or button with data-confirm="sentence" asks first, whether htmx or the browser sends it.
(() => {
  "use strict";
  const agreed = new WeakSet();

  function open(id, opener) {
    const dialog = document.getElementById(id);
    if (!dialog || dialog.open) return;
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("dialog-open"));
    dialog.addEventListener("close", () => opener?.isConnected && opener.focus(), { once: true });
  }

  function ask(element, go) {
    const dialog = document.getElementById("confirm");
    const yes = dialog.querySelector("#confirm-yes");
    dialog.querySelector("#confirm-title").textContent = element.dataset.confirmTitle || "Are you sure?";
    dialog.querySelector("#confirm-text").textContent = element.dataset.confirm;
    yes.textContent = element.dataset.confirmTitle || "Continue";
    yes.classList.toggle("danger", element.hasAttribute("data-danger"));
    yes.classList.toggle("primary", !element.hasAttribute("data-danger"));
    yes.onclick = () => { dialog.close(); go(); };
    dialog.showModal();
  }

  // In the capture phase, so that the question comes before htmx hears of the deed.
  function intercept(event, repeat) {
    const element = event.target.closest?.("[data-confirm]");
    if (!element || agreed.delete(element)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(element, () => { agreed.add(element); repeat(element); });
  }

  document.addEventListener("submit", (event) => {
    const submitter = event.submitter;
    if (submitter?.matches("[data-confirm]")) return;
    intercept(event, (form) => form.requestSubmit(submitter));
  }, true);
  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-confirm]");
    if (element?.matches("a, button")) intercept(event, () => element.click());
  }, true);

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) open(opener.dataset.dialog, opener);
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    if (event.target.matches("dialog") && outside(event)) event.target.close();
  });

  function outside(event) {
    const box = event.target.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    const dialog = event.detail.elt.closest("dialog");
    if (dialog?.open && event.detail.successful && event.detail.requestConfig.verb !== "get") dialog.close();
  });
})();
