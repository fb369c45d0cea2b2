// Proposed reorder levels are taken into the boxes of their row; saving is a deed of its own.
(() => {
  const take = (button) => {
    const form = button.closest("form");
    form.elements[`reorder_level-${button.dataset.take}`].value = button.dataset.level;
    form.elements[`order_up_to-${button.dataset.take}`].value = button.dataset.upTo;
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take], [data-take-all]");
    if (!button) return;
    if (button.dataset.take) take(button);
    else button.closest("form").querySelectorAll("[data-take]").forEach(take);
  });
})();
