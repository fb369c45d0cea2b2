// The scans that wait on this device: kept in its database (IndexedDB) until the server has answered them, judged by the
// device for now, as far as it can, and what the screen says of them.
window.scanKept = (() => {
  "use strict";
  const { station } = window.onDevice;
  const tabs = window.BroadcastChannel && new BroadcastChannel("scans");
  const network = { lost: false, signedOut: false, refused: false };

  const form = () => document.querySelector("form[data-scan]");
  const owner = () => form().dataset.owner;
  const mode = () => form().elements.mode?.value || "";
  const all = () => station("readonly", "scans", (scans) => scans.getAll());
  const add = (scan) => station("readwrite", "scans", (scans) => scans.add(scan));
  const put = (scan) => station("readwrite", "scans", (scans) => scans.put(scan));
  const forget = (scan) => station("readwrite", "scans", (scans) => scans.delete(scan.sequence));
  const mine = async () => (await all()).filter((scan) => scan.owner === owner());
  const waiting = async () => (await mine()).filter((scan) => !scan.aside);
  const isOffline = () => network.lost || network.signedOut || !navigator.onLine;
  const isOfThisScreen = (scan) => scan.url === form()?.getAttribute("hx-post") && (scan.fields.mode || "") === mode();

  // --- judged here, for now ------------------------------------------------------------------------------------------

  // In the order in which they were scanned, for what holds for one hangs on those before it.
  async function sayWhatIsKnown() {
    const scans = await waiting();
    let latest = null;
    for (const [at, scan] of scans.entries()) {
      if (scan.said) continue;
      scan.said = await judged(scan, scans.slice(0, at).filter((one) => one.event === scan.event));
      await put(scan);
      if (isOfThisScreen(scan)) latest = scan;
    }
    if (latest) window.scanState.say(latest.said, latest.fields.code);
    await window.scanSheet.show(scans, mode());
  }

  // A station of no event has no sheet: there is nothing to be checked. A sheet that cannot be read loses no scan.
  async function judged(scan, before) {
    const sheet = (await window.scanSheet.kept(scan.event))?.sheet;
    const given = { code: scan.fields.code, mode: scan.fields.mode, number: scan.number, into: Number(scan.fields.location_id || 0) };
    if (!sheet) return { situation: scan.event ? "unchecked" : "kept" };
    try { return counted(sheet, before, window.scanJudge.judge(sheet, before, given)); } catch { return { situation: "unchecked" }; }
  }

  function counted(sheet, before, said) {
    if (!said.line) return said;
    const { standing, counts } = window.scanStanding;
    const line = standing(sheet, [...before, { said }]).lines.get(said.line);
    return { ...said, count: counts(line, said.mode) };
  }

  // --- what still waits ----------------------------------------------------------------------------------------------

  async function show() {
    if (!form()) return;
    try {
      const scans = await all(), own = scans.filter((scan) => scan.owner === owner()), open = own.filter((scan) => !scan.aside);
      const state = network.refused ? "refused" : network.signedOut ? "out" : isOffline() ? "lost" : open.length ? "sending" : "sent";
      window.scanState.show({ state, count: open.length, others: scans.length - own.length });
      window.scanState.list(own.filter((scan) => scan.aside));
    } catch { window.scanState.show({ state: "refused", count: 0, others: 0 }); }
  }

  async function tell() {
    tabs?.postMessage("changed");
    await show();
  }

  const whenTold = (act) => tabs?.addEventListener("message", () => show().then(act));

  return Object.freeze({ network, form, owner, mode, all, add, put, forget, mine, waiting, isOffline, isOfThisScreen, sayWhatIsKnown, show, tell, whenTold });
})();
