// No scan is lost. Each is written to this device (IndexedDB) before it is sent, sent in the order in which it was made,
// one at a time whatever tabs are open, and forgotten only when the server has answered it. Where the answer does not
// come, the device judges by itself, as far as it can, and says that this is provisional.
// A form may hold hidden inputs named scan_id, scanned_at and sequence: they are filled in here.
(() => {
  "use strict";
  const TIMEOUT = 10000;
  const WAITS = [1000, 2000, 5000, 10000, 20000];
  const TRIES = 4;
  const OF_ANOTHER_TAB = 3000;
  const BUSY = [429, 502, 503, 504];
  const { uuid, ask, station } = window.onDevice;
  const TAB = uuid();
  const tabs = window.BroadcastChannel && new BroadcastChannel("scans");
  const holdsOf = new Map();
  let lost = false, signedOut = false, refused = false;
  let failures = 0, timer = 0, isSending = false, isWanted = false, outstanding = 0, elsewhere = 0, begun = null;
  let last = Promise.resolve();

  const form = () => document.querySelector("form[data-scan]");
  const owner = () => form().dataset.owner;
  const mode = () => form().elements.mode?.value || "";
  const all = () => station("readonly", "scans", (scans) => scans.getAll());
  const put = (scan) => station("readwrite", "scans", (scans) => scans.put(scan));
  const forget = (scan) => station("readwrite", "scans", (scans) => scans.delete(scan.sequence));
  const mine = async () => (await all()).filter((scan) => scan.owner === owner());
  const waiting = async () => (await mine()).filter((scan) => !scan.aside);
  const isOffline = () => lost || signedOut || !navigator.onLine;
  const byItself = (work) => (navigator.locks ? navigator.locks.request("scans", work) : work());

  // --- in ------------------------------------------------------------------------------------------------------------

  document.addEventListener("scan:taken", ({ target, detail }) => {
    const fields = { ...detail.fields };
    delete fields.csrf_token;
    if ("scan_id" in fields) fields.scan_id = uuid();
    if ("scanned_at" in fields) fields.scanned_at = new Date().toISOString();
    const scan = {
      owner: owner(), tab: TAB, url: target.getAttribute("hx-post"), event: Number(target.dataset.event || 0), fields,
      number: detail.number, follows: !begun || outstanding > 0, takenAt: Date.now(), tries: 0, said: null, aside: null,
    };
    outstanding += 1;
    last = last.then(() => keep(scan));
  });

  async function keep(scan) {
    // On this device's own sheet the shelves are known: what the screen held when it was scanned is what was meant.
    if (scan.event && isOffline() && (await window.scanSheet.kept(scan.event))) scan.follows = false;
    try { scan.sequence = await station("readwrite", "scans", (scans) => scans.add(scan)); refused = false; } catch { return notKept(scan); }
    if (isOffline()) await sayWhatIsKnown();
    await tell();
    send();
  }

  // Better not taken than lost: the code is in the box again, and the screen says why.
  async function notKept({ fields }) {
    refused = true;
    outstanding -= 1;
    window.scanState.say({ situation: "not_kept" }, fields.code);
    document.dispatchEvent(new CustomEvent("scan:not-kept", { detail: fields.code }));
    await show();
  }

  // A tick on this device's own list is the same deed as a scan.
  document.addEventListener("click", (event) => {
    const tick = event.target.closest("[data-tick]");
    if (tick) form().dispatchEvent(new CustomEvent("scan:taken", { bubbles: true, detail: { fields: { ...Object.fromEntries(new FormData(form())), code: tick.dataset.tick }, number: 0 } }));
  });

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

  async function judged(scan, before) {
    const { judge, standing, counts } = window.scanJudge;
    const sheet = (await window.scanSheet.kept(scan.event))?.sheet;
    const given = { code: scan.fields.code, mode: scan.fields.mode, number: scan.number };
    const said = sheet ? judge(sheet, before, given) : { situation: "kept" };
    if (!said.line) return said;
    const line = standing(sheet, [...before, { said }]).lines.get(said.line);
    return { ...said, count: counts(line, said.mode) };
  }

  // --- out -----------------------------------------------------------------------------------------------------------

  const isOfThisScreen = (scan) => scan.url === form()?.getAttribute("hx-post") && (scan.fields.mode || "") === mode();

  const heldIn = (page) => Object.fromEntries([...page.querySelectorAll("[data-scan-holds][name]")].map((box) => [box.name, box.value]));

  // What holds from one scan to the next (a shelf, what is in hand) is told by the answer to the scan before. Was that
  // still on its way when this one was made, the screen did not know it yet: it is looked up when this one is sent.
  function fieldsOf(scan) {
    const fields = { ...scan.fields };
    if (scan.follows && holdsOf.has(scan.url)) {
      for (const name of form().dataset.scanHolds?.split(" ") ?? []) delete fields[name];
      Object.assign(fields, isOfThisScreen(scan) ? heldIn(document) : holdsOf.get(scan.url));
    }
    if ("sequence" in fields) fields.sequence = scan.sequence;
    if (scan.said && scan.event) fields.said = window.scanJudge.SAYS.includes(scan.said.situation) ? scan.said.situation : "kept";
    return fields;
  }

  async function send() {
    isWanted = true;
    if (isSending || !form()) return;
    isSending = true;
    clearTimeout(timer);
    let sent = 0;
    try {
      while (isWanted) { isWanted = false; sent += await byItself(drain); }
    } catch { await later(true); }
    isSending = false;
    sayElsewhere();
    await show();
    if (sent) window.scanSheet.refresh().catch(() => {});
  }

  function sayElsewhere() {
    const words = elsewhere === 1 ? "A scan from another screen was sent. Its verdict stands there." : `${elsewhere} scans from another screen were sent. Their verdicts stand there.`;
    if (elsewhere) document.dispatchEvent(new CustomEvent("crosshire:say", { detail: { words, tone: "blue" } }));
    elsewhere = 0;
  }

  async function drain() {
    if (form().hasAttribute("data-offline")) { await comeBack(); return 0; }
    let sent = 0;
    for (let [scan] = await waiting(); scan; [scan] = await waiting()) {
      if (scan.tab !== TAB && Date.now() - scan.takenAt < OF_ANOTHER_TAB) { timer = setTimeout(send, OF_ANOTHER_TAB / 6); break; }
      if (!(await deliver(scan))) { await later(); break; }
      sent += 1;
      found();
      await tell();
    }
    return sent;
  }

  function found() {
    lost = signedOut = false;
    failures = 0;
  }

  async function later(isQuiet = false) {
    lost = !signedOut;
    timer = setTimeout(send, WAITS[Math.min(failures++, WAITS.length - 1)]);
    if (!isQuiet) await sayWhatIsKnown();
  }

  // True when the scan is off the queue: answered, or set aside for a person.
  async function deliver(scan, isSecond = false) {
    const answer = await post(scan.url, fieldsOf(scan));
    if (!answer || BUSY.includes(answer.status)) return false;
    if (answer.type === "opaqueredirect" || answer.headers.has("HX-Redirect")) return signIn();
    // Whatever does not bear our mark was not answered by us: a hotel's sign-in page, a proxy before a dead server.
    if (!answer.headers.has("X-Request-ID")) return false;
    if (answer.status === 400 && !isSecond) return (await freshToken()) ? deliver(scan, true) : false;
    const text = await answer.text();
    if (answer.status < 500 && text.includes('id="scan-verdict"')) return answered(scan, text);
    return answer.status < 500 || scan.tries + 1 >= TRIES ? setAside(scan, reason(answer, text)) : triedOnceMore(scan);
  }

  function post(url, fields) {
    const body = new URLSearchParams({ ...fields, csrf_token: form().elements.csrf_token.value });
    const options = { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) };
    return fetch(url, options).catch(() => null);
  }

  function signIn() {
    signedOut = true;
    return false;
  }

  // Somebody may have signed in again meanwhile, in another tab. Another person's scans are never sent in their name.
  async function freshToken() {
    const now = await ask(location.href, TIMEOUT).catch(() => null);
    signedOut = Boolean(now?.isSignedOut || (now?.owner && now.owner !== owner()));
    if (!now?.token || signedOut) return false;
    for (const place of document.querySelectorAll('meta[name="csrf-token"]')) place.content = now.token;
    for (const box of document.querySelectorAll('input[name="csrf_token"]')) box.value = now.token;
    return true;
  }

  async function answered(scan, text) {
    const parts = new DOMParser().parseFromString(text, "text/html");
    const verdict = parts.getElementById("scan-verdict");
    // An event keeps what needs a decision itself; of the other stations the device does.
    const needsEyes = scan.said && verdict.matches(".red, .amber") && (!scan.event || verdict.hasAttribute("data-unkept"));
    await (needsEyes ? put({ ...scan, aside: { isJudged: true, reason: verdict.querySelector(".verdict-text").textContent.trim() } }) : forget(scan));
    outstanding = Math.max(0, outstanding - 1);
    if (isOfThisScreen(scan)) swap(text);
    else elsewhere += 1;
    holdsOf.set(scan.url, heldIn(parts));
    return true;
  }

  function swap(text) {
    const target = document.querySelector(form().getAttribute("hx-target"));
    if (target) htmx.swap(target, text, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 20 }, { eventInfo: { target, elt: target } });
  }

  async function triedOnceMore(scan) {
    await put({ ...scan, tries: scan.tries + 1 });
    return false;
  }

  async function setAside(scan, words) {
    await put({ ...scan, aside: { isJudged: false, reason: words } });
    outstanding = Math.max(0, outstanding - 1);
    return true;
  }

  function reason(answer, text) {
    const said = new DOMParser().parseFromString(text, "text/html").querySelector(".flash p, .flash")?.textContent.trim();
    return said || `The server could not judge it (${answer.status}).`;
  }

  // --- what was set aside --------------------------------------------------------------------------------------------

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-aside]");
    if (!button) return;
    const sequence = Number(button.closest("[data-sequence]").dataset.sequence);
    const scan = (await mine()).find((one) => one.sequence === sequence);
    if (scan) await ({ again: tryAgain, over: handOver, seen: forget })[button.dataset.aside](scan);
    await tell();
    send();
  });

  const tryAgain = (scan) => put({ ...scan, aside: null, tries: 0 });

  async function handOver(scan) {
    const answer = await post(scan.url.replace(/scans$/, "handed-over"), { ...fieldsOf(scan), reason: scan.aside.reason });
    if (answer?.ok && answer.headers.has("X-Request-ID")) { await forget(scan); if (isOfThisScreen(scan)) swap(await answer.text()); }
  }

  // --- what still waits ----------------------------------------------------------------------------------------------

  async function show() {
    if (!form()) return;
    try {
      const scans = await all(), own = scans.filter((scan) => scan.owner === owner()), open = own.filter((scan) => !scan.aside);
      const state = refused ? "refused" : signedOut ? "out" : isOffline() ? "lost" : open.length ? "sending" : "sent";
      window.scanState.show({ state, count: open.length, others: scans.length - own.length });
      window.scanState.list(own.filter((scan) => scan.aside));
    } catch { window.scanState.show({ state: "refused", count: 0, others: 0 }); }
  }

  async function tell() {
    tabs?.postMessage("changed");
    await show();
  }

  tabs?.addEventListener("message", () => show().then(send));

  // --- how it is with the network ------------------------------------------------------------------------------------

  async function gone() {
    if (!form() || lost) return;
    lost = true;
    await sayWhatIsKnown().catch(() => {});
    await show();
    clearTimeout(timer);
    timer = setTimeout(send, WAITS[0]);
  }

  function back() {
    if (!form() || !(lost || signedOut)) return;
    found();
    show().then(send);
    window.scanSheet.giveWay();
  }

  // The page's own questions tell, too: the list asks every second.
  document.addEventListener("htmx:sendError", gone);
  document.addEventListener("htmx:responseError", ({ detail }) => { if (!detail.xhr.getResponseHeader("X-Request-ID")) gone(); });
  document.addEventListener("htmx:afterRequest", ({ detail: { successful, xhr } }) => {
    if (successful && xhr.getResponseHeader("X-Request-ID") && !xhr.getResponseHeader("HX-Redirect")) back();
  });
  // The list is told to sign in: the page stays, so that the work goes on, and its line leads there.
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (!form() || event.detail.requestConfig.verb !== "get" || !event.detail.xhr.getResponseHeader("HX-Redirect")) return;
    event.preventDefault();
    signedOut = true;
    show();
  });
  window.addEventListener("online", () => { lost = true; back(); });
  window.addEventListener("offline", gone);

  // A page that was opened without a network gives way to the real one as soon as there is a server again.
  async function comeBack() {
    const now = await ask(location.href, TIMEOUT).catch(() => null);
    if (now?.isThere || now?.isSignedOut) location.reload();
    else await later();
  }

  // --- begin ---------------------------------------------------------------------------------------------------------

  // What an earlier version has kept in another place waits as well.
  async function takeOver() {
    const old = owner() ? JSON.parse(localStorage.getItem("scans") || "[]") : [];
    for (const { url, fields, follows } of old) {
      const event = Number(/\/events\/(\d+)\/scans$/.exec(url)?.[1] || 0);
      await station("readwrite", "scans", (scans) => scans.add({ owner: owner(), tab: "", url, event, fields, follows, number: 0, takenAt: 0, tries: 0, said: null, aside: null }));
    }
    if (old.length) localStorage.removeItem("scans");
  }

  function nameDevice() {
    const known = /(?:^|; )device=([0-9a-f]{8})/.exec(document.cookie)?.[1];
    document.cookie = `device=${known || uuid().slice(0, 8)}; path=/; max-age=31536000; samesite=lax`;
  }

  async function begin() {
    // The page without a network is filled in first.
    if (!form() || form() === begun || (form().hasAttribute("data-offline") && !form().dataset.event)) return;
    begun = form();
    nameDevice();
    await byItself(takeOver).catch(() => {});
    outstanding += (await waiting().catch(() => [])).length;
    await show();
    if (!begun.hasAttribute("data-offline")) await window.scanSheet.begin().catch(() => {});
    if (begun.hasAttribute("data-offline") || !navigator.onLine) await gone();
    send();
    if (begun.dataset.worker) navigator.serviceWorker?.register(begun.dataset.worker, { scope: "/warehouse" }).catch(() => {});
    navigator.storage?.persist?.();
  }

  for (const change of ["DOMContentLoaded", "htmx:historyRestore", "htmx:afterSettle"]) document.addEventListener(change, begin);
  document.addEventListener("scan:shell", begin);
})();
