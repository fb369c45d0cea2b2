// The quote builder as a spreadsheet: arrows walk between cells, Enter goes on to the next line or adds one,
// Alt and the arrows press the row's own up and down buttons, so that the server keeps the order.
(() => {
  "use strict";
  const CELLS = "[data-cell]";
  let backTo = null;

  const rowsOf = (table) => [...table.querySelectorAll("[data-line]")];

  function cellAt(cell, rowStep, columnStep) {
    const rows = rowsOf(cell.closest("[data-quote]"));
    const row = cell.closest("[data-line]");
    const column = [...row.querySelectorAll(CELLS)].indexOf(cell);
    if (!rowStep) return row.querySelectorAll(CELLS)[column + columnStep];
    return rows[rows.indexOf(row) + rowStep]?.querySelectorAll(CELLS)[column];
  }

  function arrive(cell) {
    if (!cell) return false;
    cell.focus();
    cell.select?.();
    return true;
  }

  function atEdge(cell, end) {
    if (cell.type === "number" || cell.selectionStart === null || cell.matches("select")) return true;
    if (cell.selectionStart !== cell.selectionEnd) return cell.selectionEnd - cell.selectionStart === cell.value.length;
    return cell.selectionStart === (end ? cell.value.length : 0);
  }

  function reorder(cell, way) {
    const row = cell.closest("[data-line]");
    backTo = { line: row.id, column: [...row.querySelectorAll(CELLS)].indexOf(cell) };
    row.querySelector(`[data-move="${way}"]`)?.click();
  }

  function onEnter(cell, back) {
    if (cell.value !== cell.defaultValue) cell.dispatchEvent(new Event("change", { bubbles: true }));
    if (!arrive(cellAt(cell, back ? -1 : 1, 0))) document.querySelector("[data-add-line] input:not([type=hidden])")?.focus();
  }

  const KEYS = {
    ArrowUp: (cell) => arrive(cellAt(cell, -1, 0)),
    ArrowDown: (cell) => arrive(cellAt(cell, 1, 0)),
    ArrowLeft: (cell) => atEdge(cell, false) && arrive(cellAt(cell, 0, -1)),
    ArrowRight: (cell) => atEdge(cell, true) && arrive(cellAt(cell, 0, 1)),
  };

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(CELLS);
    if (!cell?.closest("[data-quote]")) return;
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      reorder(cell, event.key === "ArrowUp" ? "up" : "down");
    } else if (event.key === "Enter") {
      event.preventDefault();
      onEnter(cell, event.shiftKey);
    } else if (!event.altKey && !event.shiftKey && KEYS[event.key]?.(cell)) event.preventDefault();
  });

  // A swap replaces the row under the hand: the same cell of the same line gets the focus again.
  document.addEventListener("htmx:beforeSwap", () => {
    const cell = document.activeElement?.closest?.(CELLS);
    const row = cell?.closest("[data-line]");
    if (row?.id && !backTo) backTo = { line: row.id, column: [...row.querySelectorAll(CELLS)].indexOf(cell) };
  });
  document.addEventListener("htmx:afterSettle", () => {
    const row = backTo && document.getElementById(backTo.line);
    // Whoever has gone on to something else meanwhile stays there.
    if (row && document.activeElement === document.body) arrive(row.querySelectorAll(CELLS)[backTo.column]);
    backTo = null;
  });

  // --- choosing a product for a new line ---------------------------------------------------------------------------

  document.addEventListener("keydown", (event) => {
    const adding = event.target.closest?.("[data-add-line]");
    if (!adding) return;
    const choices = [...adding.querySelectorAll("[data-choice]")];
    const at = choices.indexOf(document.activeElement);
    if (event.key === "ArrowDown") { event.preventDefault(); choices[Math.min(at + 1, choices.length - 1)]?.focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); (at > 0 ? choices[at - 1] : adding.querySelector("input"))?.focus(); }
    if (event.key === "Enter" && at < 0 && choices.length) { event.preventDefault(); choices[0].click(); }
    if (event.key === "Escape") adding.querySelector("input")?.focus();
  });
})();
