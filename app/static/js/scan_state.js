// What is said of scans that were not sent yet: how many and why, always on screen; the verdict that this device gives by
// itself; and what could not be judged at all, for a person to decide.
window.scanState = (() => {
  "use strict";
  const LATER = "Not sent yet. The server has the last word.";
  const NOTES = {
    unchecked: "Cannot be checked now. Will be judged when the connection is back.",
    kept: "Will be judged when the connection is back.",
    unlisted: "Not on this device's list. Will be judged when the connection is back.",
    not_kept: "It was not counted. Make room on this device, or use another one.",
  };
  const MODES = ["PREP", "OUT", "IN"];
  const line = () => document.querySelector("[data-scan-waiting]");
  const scans = (count) => (count === 1 ? "1 scan" : `${count} scans`);

  // --- the line that is always there ---------------------------------------------------------------------------------

  const WORDS = {
    sent: () => "All scans are sent.",
    sending: ({ count }) => `${scans(count)} on the way.`,
    lost: ({ count }) => (count ? `No connection. ${scans(count)} ${count === 1 ? "is" : "are"} kept here and sent as soon as it is back. Go on scanning.` : "No connection. What you scan is kept here. Go on scanning."),
    out: ({ count }) => (!count ? "You are signed out. What you scan is kept here until you sign in again." : `You are signed out. ${scans(count)} ${count === 1 ? "is" : "are"} kept here until you sign in again.`),
    refused: () => "This device cannot keep scans: its storage is full or closed. Nothing is counted here.",
  };

  function show({ state, count, others }) {
    const shown = line();
    if (!shown) return;
    const insecure = !window.isSecureContext && state === "lost" ? " Leave this page open: without https it cannot be opened again until then." : "";
    const foreign = others ? ` ${scans(others)} of somebody else ${others === 1 ? "waits" : "wait"} here until they sign in.` : "";
    const words = WORDS[state]({ count }) + insecure + foreign, place = shown.querySelector("[data-scan-words]");
    shown.dataset.state = state;
    shown.dataset.count = String(count);
    if (place.textContent !== words) place.textContent = words;
    const link = shown.querySelector("[data-scan-sign-in]");
    link.href = `${link.pathname}?next=${encodeURIComponent(location.pathname + location.search)}`;
  }

  // --- the verdict of this device ------------------------------------------------------------------------------------

  function say(said, text) {
    const made = document.querySelector(`template[data-provisional="${said.situation}"]`)?.content.firstElementChild.cloneNode(true);
    const before = document.getElementById("scan-verdict");
    if (!made || !before) return;
    made.querySelector("[data-said]").textContent = sentence(said, text);
    made.querySelector("[data-note]").textContent = NOTES[said.situation] || LATER;
    if (said.count) {
      const box = made.querySelector(".verdict-count");
      box.hidden = false;
      [box.firstElementChild.textContent, box.lastElementChild.textContent] = said.count.map(String);
    }
    before.replaceWith(made);
    document.getElementById("scan-next")?.replaceChildren();
    if (said.place) placeIs(said.place, said.situation);
    if (said.leaves) document.getElementById("scan-given")?.replaceChildren();
    made.scrollIntoView({ block: "nearest" });
    document.dispatchEvent(new CustomEvent("scan:said"));
  }

  function sentence(said, text) {
    const name = said.name || text, card = text.trim().toUpperCase();
    if (said.situation === "kept" && MODES.includes(card)) return `Now scanning ${card}.`;
    if (said.situation === "quantity") return `${said.pieces} × what is scanned next.`;
    if (said.situation === "location") return said.place ? `What comes back is put at ${said.place.name}.` : `${name} is a place. It matters when things come back.`;
    if (said.situation === "packing") return `What you scan now goes into ${name}.`;
    if (said.situation === "closed_case") return `${name} is closed.`;
    return said.pieces > 1 ? `${said.pieces} × ${name}` : name;
  }

  function placeIs({ id, name }, situation) {
    const made = document.getElementById(situation === "packing" ? "scan-place-open" : "scan-place-kept").content.firstElementChild.cloneNode(true);
    made.querySelector("b").textContent = name;
    made.querySelector("input").value = id;
    document.getElementById("scan-given")?.replaceChildren(made);
  }

  // --- what could not be judged --------------------------------------------------------------------------------------

  function list(aside) {
    const shown = document.getElementById("scan-aside");
    if (!shown) return;
    shown.hidden = aside.length === 0;
    shown.replaceChildren(...aside.map(row));
  }

  function row(scan) {
    const made = document.getElementById("scan-aside-row").content.firstElementChild.cloneNode(true);
    made.dataset.sequence = scan.sequence;
    made.querySelector(".code").textContent = scan.fields.code;
    made.querySelector("[data-reason]").textContent = scan.aside.reason;
    made.querySelector('[data-aside="again"]').hidden = scan.aside.isJudged;
    made.querySelector('[data-aside="over"]').hidden = scan.aside.isJudged || !scan.event;
    made.querySelector('[data-aside="seen"]').hidden = !scan.aside.isJudged && Boolean(scan.event);
    return made;
  }

  return Object.freeze({ show, say, list });
})();
