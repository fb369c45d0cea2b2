// A board of cards: dragged with the mouse, or moved with Alt and the arrow keys. Either way one POST says where it went.
(() => {
  "use strict";
  let carried = null;

  const columnOf = (element) => element.closest?.("[data-column]");
  const listOf = (column) => column.querySelector("ol, ul");

  function place(card, column, before) {
    const list = listOf(column);
    list.insertBefore(card, before);
    const position = [...list.children].indexOf(card);
    const board = card.closest(".board");
    const target = board.dataset.moveTarget || `#${board.id}`;
    htmx.ajax("POST", card.dataset.moveUrl, { source: card, target, swap: "outerHTML", values: { column: column.dataset.column, position } });
    tell(board, `${card.dataset.name || "Card"} moved to ${column.getAttribute("aria-label")}`);
  }

  function tell(board, words) {
    const region = document.getElementById("board-says") || document.createElement("p");
    region.id = "board-says";
    region.className = "visually-hidden";
    region.setAttribute("role", "status");
    if (!region.isConnected) board.after(region);
    region.textContent = words;
  }

  function cardBelow(list, y) {
    return [...list.children].find((card) => card !== carried && y < card.getBoundingClientRect().top + card.offsetHeight / 2) || null;
  }

  document.addEventListener("dragstart", (event) => {
    carried = event.target.closest?.(".board-card");
    carried?.classList.add("carried");
  });
  document.addEventListener("dragover", (event) => {
    const column = columnOf(event.target);
    if (!carried || !column) return;
    event.preventDefault();
    document.querySelectorAll(".board-column.over").forEach((other) => other.classList.toggle("over", other === column));
    column.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const column = columnOf(event.target);
    if (!carried || !column) return;
    event.preventDefault();
    place(carried, column, cardBelow(listOf(column), event.clientY));
  });
  document.addEventListener("dragend", () => {
    document.querySelectorAll(".board-column.over").forEach((column) => column.classList.remove("over"));
    carried?.classList.remove("carried");
    carried = null;
  });

  // --- keys: arrows walk, Alt and arrows carry ---------------------------------------------------------------------

  function beside(column, step) {
    const columns = [...column.closest(".board").querySelectorAll("[data-column]")];
    return columns[columns.indexOf(column) + step];
  }

  // Boards below each other can be lanes of one thing: up and down lead to the same column of the lane beside.
  function across(column, step) {
    const board = column.closest(".board");
    if (!board.hasAttribute("data-lane")) return null;
    const lanes = [...document.querySelectorAll(".board[data-lane]")];
    const place = [...board.querySelectorAll("[data-column]")].indexOf(column);
    return lanes[lanes.indexOf(board) + step]?.querySelectorAll("[data-column]")[place];
  }

  function carry(card, key) {
    const column = columnOf(card);
    const step = { ArrowUp: -1, ArrowDown: 1 }[key];
    if (step && card.closest("[data-lane]")) {
      const lane = across(column, step);
      if (lane) place(card, lane, listOf(lane).firstElementChild);
      return;
    }
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const next = beside(column, key === "ArrowLeft" ? -1 : 1);
      if (next) place(card, next, listOf(next).firstElementChild);
    }
    if (key === "ArrowUp" && card.previousElementSibling) place(card, column, card.previousElementSibling);
    if (key === "ArrowDown" && card.nextElementSibling) place(card, column, card.nextElementSibling.nextElementSibling);
  }

  function walk(card, key) {
    const column = columnOf(card);
    const row = [...listOf(column).children].indexOf(card);
    const ways = {
      ArrowUp: () => card.previousElementSibling || (across(column, -1) && listOf(across(column, -1)).lastElementChild),
      ArrowDown: () => card.nextElementSibling || (across(column, 1) && listOf(across(column, 1)).firstElementChild),
      ArrowLeft: () => beside(column, -1) && (listOf(beside(column, -1)).children[row] || listOf(beside(column, -1)).lastElementChild),
      ArrowRight: () => beside(column, 1) && (listOf(beside(column, 1)).children[row] || listOf(beside(column, 1)).lastElementChild),
    };
    ways[key]()?.focus();
  }

  let refocusUrl = null;

  document.addEventListener("keydown", (event) => {
    const card = event.target;
    if (!card.matches?.(".board-card") || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    if (event.altKey && card.dataset.moveUrl) { refocusUrl = card.dataset.moveUrl; carry(card, event.key); }
    else if (!event.altKey) walk(card, event.key);
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (refocusUrl) document.querySelector(`[data-move-url="${CSS.escape(refocusUrl)}"]`)?.focus();
    refocusUrl = null;
  });
})();
