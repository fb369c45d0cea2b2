// The timeline by keyboard: arrows move by a day, or from bar to bar once a bar has the focus; PageUp and PageDown turn the page.
(() => {
  "use strict";

  function step(timeline, days) {
    const day = timeline.querySelector(".timeline-day");
    timeline.scrollBy({ left: days * (day?.offsetWidth || 40) });
  }

  function nextBar(bar, key) {
    const bars = [...bar.closest("[data-timeline]").querySelectorAll(".bar")];
    if (key === "ArrowLeft" || key === "ArrowRight") return bars[bars.indexOf(bar) + (key === "ArrowLeft" ? -1 : 1)];
    const row = bar.closest(".timeline-row");
    let other = key === "ArrowUp" ? row.previousElementSibling : row.nextElementSibling;
    while (other && !other.querySelector(".bar")) other = key === "ArrowUp" ? other.previousElementSibling : other.nextElementSibling;
    return other?.querySelector(".bar");
  }

  document.addEventListener("keydown", (event) => {
    const timeline = event.target.closest?.("[data-timeline]");
    if (!timeline) return;
    const bar = event.target.closest(".bar");
    const turn = { PageUp: "prev", PageDown: "next" }[event.key];
    if (turn) document.querySelector(`[data-timeline-turn="${turn}"]`)?.click();
    else if (bar && event.key.startsWith("Arrow")) nextBar(bar, event.key)?.focus();
    else if (event.key === "ArrowLeft") step(timeline, -1);
    else if (event.key === "ArrowRight") step(timeline, 1);
    else return;
    event.preventDefault();
  });
})();
