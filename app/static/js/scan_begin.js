// A station begins on a page, and learns how it is with the network: its queue goes on, its sheet is fetched, and the page
// that opens without a network is kept.
(() => {
  "use strict";
  const { uuid } = window.onDevice;
  const { network, form, sayWhatIsKnown, show } = window.scanKept;
  const { goOn, send, soon, found } = window.scanQueue;
  let begun = null;

  // --- how it is with the network ------------------------------------------------------------------------------------

  async function gone() {
    if (!form() || network.lost) return;
    network.lost = true;
    await sayWhatIsKnown().catch(() => {});
    await show();
    soon();
  }

  function back() {
    if (!form() || !(network.lost || network.signedOut)) return;
    found();
    show().then(send);
    window.scanSheet.giveWay();
  }

  // The page's own questions tell, too: the list asks every second.
  document.addEventListener("htmx:sendError", gone);
  document.addEventListener("htmx:responseError", ({ detail }) => { if (!detail.xhr.getResponseHeader("X-Request-ID")) gone(); });
  document.addEventListener("htmx:afterRequest", ({ detail: { successful, xhr } }) => {
    if (successful && xhr.getResponseHeader("X-Request-ID") && !xhr.getResponseHeader("HX-Redirect")) back();
  });
  // The list is told to sign in: the page stays, so that the work goes on, and its line leads there.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!form() || event.detail.requestConfig.verb !== "get" || !event.detail.xhr.getResponseHeader("HX-Redirect")) return;
    event.preventDefault();
    network.signedOut = true;
    show();
  });
  window.addEventListener("online", () => { network.lost = true; back(); });
  window.addEventListener("offline", gone);

  // --- begin ---------------------------------------------------------------------------------------------------------

  function nameDevice() {
    const known = /(?:^|; )device=([0-9a-f]{8})/.exec(document.cookie)?.[1];
    document.cookie = `device=${known || uuid().slice(0, 8)}; path=/; max-age=31536000; samesite=lax`;
  }

  async function begin() {
    // The page without a network is filled in first.
    if (!form() || form() === begun || (form().hasAttribute("data-offline") && !form().dataset.event)) return;
    begun = form();
    nameDevice();
    await goOn();
    await show();
    if (!begun.hasAttribute("data-offline")) await window.scanSheet.begin().catch(() => {});
    if (begun.hasAttribute("data-offline") || !navigator.onLine) await gone();
    send();
    if (begun.dataset.worker) navigator.serviceWorker?.register(begun.dataset.worker, { scope: "/warehouse" }).catch(() => {});
    navigator.storage?.persist?.();
  }

  for (const change of ["DOMContentLoaded", "htmx:historyRestore", "htmx:afterSettle"]) document.addEventListener(change, begin);
  document.addEventListener("scan:shell", begin);
})();
