// What every page does: the CSRF header, the guard against sending twice, flash messages, menus, focus, small comforts.
(() => {
  "use strict";
  const FLASH_STAYS = 6000;
  const FORM_WAITS = 20000;

  const token = () => document.querySelector('meta[name="csrf-token"]')?.content || "";
  const typing = (element) => element?.matches?.("input, textarea, select, [contenteditable]");

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });

  // --- one press, one deed -----------------------------------------------------------------------------------------

  function rest(form, resting) {
    form.toggleAttribute("data-in-flight", resting);
    form.setAttribute("aria-busy", String(resting));
    for (const button of form.querySelectorAll('button:not([type="button"])')) button.disabled = resting;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.hasAttribute("data-scan")) return;
    if (form.hasAttribute("data-in-flight")) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (event.defaultPrevented || form.method === "get" || form.hasAttribute("hx-post")) return;
    // After this turn, because a disabled button is left out of what the browser sends.
    setTimeout(() => rest(form, true));
    setTimeout(() => rest(form, false), FORM_WAITS);
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt.closest("form");
    if (form && event.detail.requestConfig.verb !== "get" && !form.hasAttribute("data-scan")) rest(form, true);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest("form");
    if (form?.hasAttribute("data-in-flight")) rest(form, false);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-in-flight]").forEach((form) => rest(form, false)));

  // --- a table that is typed into asks before it is left --------------------------------------------------------------

  document.addEventListener("input", (event) => event.target.closest("form[data-typed]")?.setAttribute("data-touched", ""));
  document.addEventListener("submit", (event) => event.target.removeAttribute("data-touched"));
  window.addEventListener("beforeunload", (event) => { if (document.querySelector("form[data-touched]")) event.preventDefault(); });

  // --- flash messages ----------------------------------------------------------------------------------------------

  function wind(message) {
    if (message.dataset.wound || message.classList.contains("red")) return;
    message.dataset.wound = "1";
    const leave = () => (message.matches(":hover, :focus-within") ? setTimeout(leave, FLASH_STAYS) : message.remove());
    setTimeout(leave, FLASH_STAYS);
  }

  function say(text, tone = "red", link = null) {
    const message = document.createElement("div");
    message.className = `flash ${tone}`;
    const words = document.createElement("p");
    words.textContent = text;
    message.append(words);
    if (link) message.append(linkTo(link));
    document.getElementById("flash")?.append(message);
    setTimeout(() => message.remove(), FLASH_STAYS * 2);
  }

  function linkTo({ url, label }) {
    const link = document.createElement("a");
    link.className = "button small";
    link.href = url;
    link.textContent = label;
    return link;
  }

  document.addEventListener("crosshire:say", ({ detail }) => say(detail.words, detail.tone, detail.url ? detail : null));
  const windAll = () => document.querySelectorAll("[data-flash]").forEach(wind);
  document.addEventListener("DOMContentLoaded", windAll);
  document.addEventListener("htmx:oobAfterSwap", windAll);
  const isScan = (event) => event.detail.elt.matches?.("form[data-scan]");
  // A station says itself that there is no connection, and its list asks every second.
  const asks = (event) => event.detail.requestConfig?.verb === "get" && event.detail.elt.closest?.(".scan");
  document.addEventListener("htmx:sendError", (event) => isScan(event) || asks(event) || say("No connection. Nothing was sent; try again when the network is back."));
  document.addEventListener("htmx:responseError", (event) => {
    if (!isScan(event) && !asks(event)) say(`The server could not do this (${event.detail.xhr.status}). Nothing was changed.`);
  });

  // --- focus after a swap ------------------------------------------------------------------------------------------

  document.addEventListener("htmx:afterSettle", (event) => {
    const part = document.getElementById(event.detail.target?.id) || event.detail.elt;
    const wrong = part?.querySelector?.('[aria-invalid="true"]');
    const wanted = wrong || (document.activeElement === document.body && part?.querySelector?.("[autofocus], [data-focus]"));
    if (wanted) wanted.focus({ preventScroll: !wrong });
  });
  document.addEventListener("DOMContentLoaded", () => document.querySelector('main [aria-invalid="true"]')?.focus());

  // --- clicks ------------------------------------------------------------------------------------------------------

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
  }

  const CLICKS = {
    "[data-dismiss]": (element) => element.closest(".flash").remove(),
    "[data-print]": () => window.print(),
    "[data-copy]": async (element) => {
      // Browsers offer the clipboard only behind TLS; on plain HTTP the text is shown to be copied by hand.
      if (!navigator.clipboard) { say(element.dataset.copy, "blue"); return; }
      await navigator.clipboard.writeText(element.dataset.copy);
      say("Copied.", "green");
    },
  };

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details.menu"));
    for (const [selector, act] of Object.entries(CLICKS)) {
      const element = event.target.closest(selector);
      if (element) act(element);
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });

  // A suggested amount follows the pieces until somebody says another.
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.matches("[data-suggested]")) box.removeAttribute("data-suggested");
    const amount = box.dataset.each && box.form.querySelector("[data-suggested]");
    const pieces = /^\s*\d{1,4}\s*$/.test(box.value) ? Number(box.value) : null;
    if (amount && pieces !== null) amount.value = (Number(box.dataset.each) * pieces).toFixed(2);
  });

  // --- keys --------------------------------------------------------------------------------------------------------

  function stepThroughMenu(event) {
    const menu = event.target.closest("details.menu[open]");
    if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    const items = [...menu.querySelectorAll(".menu-item:not([disabled]), .menu-item button")].filter((item) => item.matches("a, button"));
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
    items.at(next % items.length)?.focus();
    event.preventDefault();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    }
    if (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.querySelector("[data-search-input]");
      if (search?.checkVisibility()) { event.preventDefault(); search.focus(); search.select(); }
    }
    stepThroughMenu(event);
  });
})();
