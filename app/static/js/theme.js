// Loaded before the first paint, so that a chosen theme never flashes the other one.
(() => {
  "use strict";
  const root = document.documentElement;
  const chosen = () => localStorage.getItem("theme") || "";

  function wear(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSwitch === theme));
    }
  }

  wear(chosen());
  document.addEventListener("DOMContentLoaded", () => wear(chosen()));
  document.addEventListener("htmx:afterSettle", () => wear(chosen()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-switch]");
    if (!button) return;
    localStorage.setItem("theme", button.dataset.themeSwitch);
    wear(chosen());
  });
})();
