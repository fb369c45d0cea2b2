// The quote builder: rows dragged by their grip, cells that the server works out filled in, the box for adding kept ready.
(() => {
  "use strict";
  let carried = null;

  const rowOf = (element) => element.closest?.("[data-line]");
  const rows = () => [...document.querySelectorAll("#quote-rows > [data-line]")];

  // --- dragging ----------------------------------------------------------------------------------------------------

  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest?.("[data-grip]") && rowOf(event.target);
    if (row) row.draggable = true;
  });
  document.addEventListener("dragstart", (event) => {
    const row = rowOf(event.target);
    if (!row?.draggable) return;
    carried = row;
    event.dataTransfer.effectAllowed = "move";
    row.classList.add("carried");
  });
  document.addEventListener("dragover", (event) => {
    const row = carried && rowOf(event.target);
    if (!row || row === carried) return;
    event.preventDefault();
    const middle = row.getBoundingClientRect().top + row.offsetHeight / 2;
    row.parentElement.insertBefore(carried, event.clientY < middle ? row : row.nextElementSibling);
  });
  document.addEventListener("dragend", () => {
    if (!carried) return;
    const position = rows().indexOf(carried);
    carried.classList.remove("carried");
    carried.draggable = false;
    htmx.ajax("POST", carried.dataset.placeUrl, { target: "#quote-lines", swap: "outerHTML", values: { position } });
    carried = null;
  });

  // --- what follows from a cell ------------------------------------------------------------------------------------

  function fill(note) {
    const cell = document.getElementById(note.dataset.fill)?.querySelector(`[name="${note.dataset.name}"]`);
    if (cell && cell !== document.activeElement) cell.value = cell.defaultValue = note.dataset.value;
  }

  function mark(note) {
    const cell = document.getElementById(note.id);
    if (cell) rowOf(cell)?.classList.toggle("red", note.dataset.short === "yes");
  }

  function forgive(row) {
    row.querySelector('[role="alert"]')?.remove();
    for (const cell of row.querySelectorAll("[aria-invalid]")) cell.removeAttribute("aria-invalid");
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = new DOMParser().parseFromString(`<template>${event.detail.serverResponse || ""}</template>`, "text/html");
    const pieces = answer.querySelector("template").content;
    pieces.querySelectorAll("[data-fill]").forEach(fill);
    pieces.querySelectorAll("[data-short]").forEach(mark);
    if (event.detail.elt.matches("[data-line]") && event.detail.xhr.status < 400) forgive(event.detail.elt);
  });

  // --- adding ------------------------------------------------------------------------------------------------------

  function closeChoices() {
    const list = document.getElementById("quote-choices");
    if (list) list.hidden = true;
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    const adding = event.detail.elt.closest?.("[data-add-line], [data-add-plain]");
    if (!adding || !event.detail.successful || event.detail.requestConfig.verb !== "post") return;
    const box = document.querySelector("[data-find]");
    if (box) box.value = "";
    closeChoices();
    const last = rows().at(-1);
    last?.scrollIntoView({ block: "nearest" });
    if (adding.matches("[data-add-plain]")) {
      const words = last?.querySelector('[name="description"]');
      words?.focus();
      words?.select();
    } else box?.focus();
  });
  document.addEventListener("click", (event) => { if (!event.target.closest("[data-add-line]")) closeChoices(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest?.("[data-add-line]")) closeChoices();
    // Enter in the empty box must not send a line without a product.
    if (event.key === "Enter" && event.target.matches?.("[data-find]") && !document.querySelector("[data-choice]")) event.preventDefault();
  });
})();
