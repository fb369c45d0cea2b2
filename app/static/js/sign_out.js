// Whoever signs out with scans on this device that were not sent is told how many, and chooses: send them first, or leave
// them here, where they wait until the same person signs in again.
(() => {
  "use strict";
  // A device whose storage does not answer keeps nobody signed in.
  const PATIENCE = 1000;
  const agreed = new WeakSet();
  const dialog = () => document.getElementById("unsent");
  const hasAnswer = (scan) => Boolean(scan.aside?.isJudged);

  async function unsent() {
    const all = window.onDevice.station("readonly", "scans", (scans) => scans.getAll()).catch(() => []);
    const scans = await Promise.race([all, new Promise((done) => { setTimeout(done, PATIENCE, []); })]);
    return scans.filter((scan) => scan.owner === dialog().dataset.of && !hasAnswer(scan));
  }

  // In the capture phase: what is kept for this person is not forgotten before they have agreed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.action?.endsWith?.("/sign-out") || !dialog() || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    unsent().then((scans) => (scans.length ? ask(form, event.submitter, scans) : go(form, event.submitter)));
  }, true);

  function go(form, submitter) {
    agreed.add(form);
    form.requestSubmit(submitter);
  }

  function ask(form, submitter, scans) {
    const first = dialog().querySelector("[data-unsent-send]"), anyway = dialog().querySelector("[data-unsent-leave]");
    dialog().querySelector("h2").textContent = scans.length === 1 ? "1 scan is not sent" : `${scans.length} scans are not sent`;
    first.onclick = () => { dialog().close(); send(scans[0]); };
    anyway.onclick = () => { dialog().close(); go(form, submitter); };
    dialog().showModal();
  }

  // Any station sends what waits, whichever it was scanned at.
  function send({ event, fields }) {
    if (document.querySelector("form[data-scan]")) window.scanQueue.send();
    else location.assign(event ? `/warehouse/events/${event}/scan?mode=${fields.mode}` : dialog().dataset.station);
  }
})();
