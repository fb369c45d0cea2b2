// The station as it opens without a network: which event and mode the address says, the list that this device keeps of
// it, and the way to the other events that it keeps.
(() => {
  "use strict";
  const { station } = window.onDevice;
  const part = (name) => document.querySelector(`[data-shell="${name}"]`);
  const event = Number(/\/events\/(\d+)\/scan$/.exec(location.pathname)?.[1] || 0);
  const asked = new URLSearchParams(location.search).get("mode");
  const mode = ["prep", "out", "in"].includes(asked) ? asked : "prep";

  async function begin() {
    const form = document.querySelector("form[data-offline]");
    if (!form) return;
    form.dataset.owner = (await station("readonly", "notes", (notes) => notes.get("who")).catch(() => null))?.owner || "";
    form.dataset.event = String(event);
    form.elements.mode.value = mode;
    form.setAttribute("hx-post", `/warehouse/events/${event}/scans`);
    const kept = form.dataset.owner ? await window.scanSheet.kept(event) : null;
    show(kept, form);
    await listEvents(form);
    if (kept) await window.scanSheet.show(await mine(form), mode);
    document.dispatchEvent(new CustomEvent("scan:shell"));
  }

  const mine = async (form) => (await station("readonly", "scans", (scans) => scans.getAll())).filter((scan) => scan.owner === form.dataset.owner && !scan.aside);

  function show(kept, form) {
    for (const name of ["scan", "nobody", "absent"]) part(name).hidden = name !== (kept ? "scan" : !form.dataset.owner ? "nobody" : event ? "absent" : "");
    part("title").textContent = kept ? kept.sheet.event.name : "Warehouse";
    part("number").textContent = kept ? kept.sheet.event.number : "";
    for (const link of document.querySelectorAll("[data-shell-mode]")) {
      link.href = `${location.pathname}?mode=${link.dataset.shellMode}`;
      link.toggleAttribute("aria-current", link.dataset.shellMode === mode);
    }
    if (kept) form.querySelector("[data-scan-input]").focus();
  }

  async function listEvents(form) {
    const sheets = form.dataset.owner ? await window.scanSheet.all() : [];
    const list = part("events");
    list.hidden = sheets.length === 0;
    list.querySelector("ul").replaceChildren(...sheets.filter((one) => one.event !== event).map(({ sheet }) => {
      const made = document.createElement("li"), link = document.createElement("a");
      link.className = "button";
      link.href = `/warehouse/events/${sheet.event.id}/scan?mode=${mode}`;
      link.textContent = `${sheet.event.number} ${sheet.event.name}`;
      made.append(link);
      return made;
    }));
    list.hidden = !list.querySelector("li");
  }

  begin();
})();
