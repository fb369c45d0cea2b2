// Why a number is what it is: data-why="sentence" shows it on hover, focus and tap, always inside the window.
(() => {
  "use strict";
  const EDGE = 12;

  function tip() {
    const found = document.getElementById("why");
    if (found) return found;
    const made = document.createElement("div");
    made.id = "why";
    made.setAttribute("aria-hidden", "true");
    document.body.append(made);
    return made;
  }

  function show(element) {
    const box = tip();
    box.textContent = element.dataset.why;
    box.hidden = false;
    const at = element.getBoundingClientRect();
    const left = Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - EDGE);
    const above = at.top - box.offsetHeight - 6;
    box.style.left = `${Math.max(EDGE, left)}px`;
    box.style.top = `${above > EDGE ? above : at.bottom + 6}px`;
  }

  function hide() {
    const box = document.getElementById("why");
    if (box) box.hidden = true;
  }

  const follow = (event) => {
    const element = event.target.closest?.("[data-why]");
    if (element) show(element);
    else hide();
  };
  for (const name of ["pointerover", "focusin", "click"]) document.addEventListener(name, follow);
  document.addEventListener("scroll", hide, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
})();
