// The event's sheet on this device: fetched while there is a network, shown in place of the list while there is none,
// with what waits here counted in. Kept for the person who is signed in, and for the last events only.
window.scanSheet = (() => {
  "use strict";
  const MOST = 30;
  const TIMEOUT = 10000;
  const AGAIN = 60000;
  const { station } = window.onDevice;
  const { standing, counts } = window.scanStanding;
  const form = () => document.querySelector("form[data-scan]");
  const event = () => Number(form()?.dataset.event || 0);
  const owner = () => form()?.dataset.owner || "";
  let wholeAskedAt = 0, isAsking = false, isWanted = false;

  async function kept(id = event()) {
    const found = id ? await station("readonly", "sheets", (sheets) => sheets.get(id)).catch(() => null) : null;
    return found?.owner === owner() ? found : null;
  }

  const all = async () => (await station("readonly", "sheets", (sheets) => sheets.getAll()).catch(() => [])).filter((one) => one.owner === owner());

  // --- while there is a network --------------------------------------------------------------------------------------

  // One at a time, and once more for all that was scanned while it was asked.
  async function refresh() {
    isWanted = true;
    if (isAsking) return;
    isAsking = true;
    try { while (isWanted) { isWanted = false; await bringUpToDate(); } } finally { isAsking = false; }
  }

  // After a scan the server is asked only for what was scanned meanwhile; what else has changed comes with the whole list,
  // once a minute. What an earlier version has kept does not say when that was, and is asked for whole. With a part it is
  // no longer the sheet that the server gave its tag to, so it has none.
  async function bringUpToDate() {
    const address = form()?.dataset.sheet, id = event(), mine = owner();
    if (!address || !navigator.onLine) return;
    const before = await kept(id), isWhole = !(Math.abs(Date.now() - before?.wholeAt) < AGAIN);
    if (isWhole) wholeAskedAt = Date.now();
    const headers = before?.etag && isWhole ? { "If-None-Match": before.etag } : {};
    const asked = isWhole ? address : `${address}?since=${before.sheet.latest}`;
    const answer = await fetch(asked, { headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) }).catch(() => null);
    if (!answer?.headers.get("X-Request-ID") || !(answer.ok || answer.status === 304)) return;
    const now = Date.now(), wholeAt = isWhole ? now : before.wholeAt, etag = isWhole ? answer.headers.get("ETag") : null;
    const sheet = answer.status === 304 ? before.sheet : joined(before?.sheet, await answer.json());
    await station("readwrite", "sheets", (sheets) => sheets.put({ event: id, owner: mine, etag, at: now, wholeAt, sheet }));
    await dropOld();
  }

  function joined(sheet, given) {
    if (!given.is_part) return given;
    const listed = new Set(given.line_ids);
    const lines = new Map([...sheet.lines, ...given.lines].map((line) => [line.id, line]));
    const codes = Object.entries({ ...sheet.codes, ...given.codes }).filter(([, means]) => !means.line || listed.has(means.line));
    const stay = [...lines.values()].filter((line) => listed.has(line.id));
    return { ...sheet, ...given, places: sheet.places, lines: stay, codes: Object.fromEntries(codes) };
  }

  async function dropOld() {
    const old = (await all()).sort((one, other) => other.at - one.at).slice(MOST);
    for (const { event: id } of old) await station("readwrite", "sheets", (sheets) => sheets.delete(id));
  }

  // What another person kept here is not for this one.
  async function begin() {
    const note = await station("readonly", "notes", (notes) => notes.get("who"));
    if (note && note.owner !== owner()) await station("readwrite", "sheets", (sheets) => sheets.clear());
    await station("readwrite", "notes", (notes) => notes.put({ name: "who", owner: owner() }));
    await refresh();
  }

  setInterval(() => { if (!document.hidden && form()?.dataset.sheet && Date.now() - wholeAskedAt > AGAIN) refresh().catch(() => {}); }, AGAIN / 4);

  // --- while there is none -------------------------------------------------------------------------------------------

  function element(name, text = "", className = "") {
    const made = document.createElement(name);
    made.textContent = text;
    made.className = className;
    return made;
  }

  function row(line, mode) {
    const [done, planned] = counts(line, mode), left = planned - done;
    const made = element("tr", "", left <= 0 && planned ? "green" : "");
    const product = element("td", line.product), number = element("td", ` / ${planned}`, "num");
    product.dataset.label = "Product";
    number.dataset.label = "Done";
    number.prepend(element("b", String(done)));
    if (line.waits) product.append(" ", element("span", `${line.waits} not sent`, "chip amber"));
    const missing = element("td", left > 0 ? String(left) : "–", left > 0 ? "num ink amber" : "num");
    missing.dataset.label = "Missing";
    const deeds = element("td", "", "deeds");
    if (left > 0 && !line.pieces) deeds.append(...[...new Set([1, left])].map((pieces) => tick(line, pieces)));
    made.append(product, number, missing, deeds);
    return made;
  }

  function tick(line, pieces) {
    const made = element("button", pieces === 1 ? "+1" : `All ${pieces}`, "button small");
    made.type = "button";
    made.title = `Count ${pieces} ${line.product}`;
    made.dataset.tick = `${pieces}*${line.code}`;
    return made;
  }

  function heading(shelf) {
    const made = element("tr", "", "group"), cell = element("th", shelf || "No shelf");
    cell.colSpan = 4;
    cell.scope = "rowgroup";
    made.append(cell);
    return made;
  }

  function table(lines, mode) {
    const made = element("table", "", "table"), head = element("thead"), names = element("tr");
    for (const [word, look] of [["Product", ""], ["Done", "num"], ["Missing", "num"], ["Count", ""]]) {
      const cell = element("th", word, look);
      cell.scope = "col";
      names.append(cell);
    }
    head.append(names);
    made.append(head);
    for (const [shelf, group] of grouped(lines)) {
      const body = element("tbody");
      body.append(heading(shelf), ...group.map((line) => row(line, mode)));
      made.append(body);
    }
    return made;
  }

  function grouped(lines) {
    const found = new Map();
    for (const line of lines) found.set(line.shelf, [...(found.get(line.shelf) || []), line]);
    return found;
  }

  // The list of the page stays what it is, and asks again by itself; only its content is this device's for a while.
  async function show(scans, mode) {
    const list = document.getElementById("scan-list"), found = await kept();
    if (!list || !found) return;
    const lines = [...standing(found.sheet, scans.filter((scan) => scan.event === event())).lines.values()];
    const at = new Date(found.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const wrap = element("div", "", "table-wrap");
    wrap.append(table(lines, mode));
    list.setAttribute("data-of-device", "");
    list.replaceChildren(element("p", `As this device knows it: the list of ${at}, and what was scanned here since.`, "muted"), wrap);
  }

  // The server's own list takes its place again, also where nothing has happened since.
  function giveWay() {
    const list = document.querySelector("#scan-list[data-of-device][hx-get]");
    if (list) htmx.ajax("GET", list.getAttribute("hx-get").replace(/&?seen=\d+/, ""), { target: "#scan-list", swap: "outerHTML" }).catch(() => {});
  }

  return Object.freeze({ giveWay, kept, all, refresh, begin, show });
})();
