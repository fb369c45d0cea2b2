// No scan is lost. Each is written to this device before it is sent, sent in the order in which it was made, one at a time
// whatever tabs are open, and forgotten only when the server has answered it.
// A form may hold hidden inputs named scan_id, scanned_at and sequence: they are filled in here.
window.scanQueue = (() => {
  "use strict";
  const TIMEOUT = 10000;
  const WAITS = [1000, 2000, 5000, 10000, 20000];
  const TRIES = 4;
  // Lines of a list that comes after the verdict, and once for several scans: a hand does not wait until they are drawn.
  const MANY = 40;
  const OF_ANOTHER_TAB = 3000;
  const BUSY = [429, 502, 503, 504];
  const { uuid, ask } = window.onDevice;
  const { network, form, owner, add, put, forget, mine, waiting, isOffline, isOfThisScreen, sayWhatIsKnown, show, tell, whenTold } = window.scanKept;
  const TAB = uuid();
  const holdsOf = new Map();
  let failures = 0, timer = 0, isSending = false, isWanted = false, outstanding = 0, elsewhere = 0, hasBegun = false;
  let last = Promise.resolve();

  const byItself = (work) => (navigator.locks ? navigator.locks.request("scans", work) : work());

  // --- in ------------------------------------------------------------------------------------------------------------

  document.addEventListener("scan:taken", ({ target, detail }) => {
    const fields = { ...detail.fields };
    delete fields.csrf_token;
    if ("scan_id" in fields) fields.scan_id = uuid();
    if ("scanned_at" in fields) fields.scanned_at = new Date().toISOString();
    const scan = {
      owner: owner(), tab: TAB, url: target.getAttribute("hx-post"), event: Number(target.dataset.event || 0), fields,
      number: detail.number, follows: !hasBegun || outstanding > 0, takenAt: Date.now(), tries: 0, said: null, aside: null,
    };
    outstanding += 1;
    last = last.then(() => keep(scan));
  });

  async function keep(scan) {
    // On this device's own sheet the shelves are known: what the screen held when it was scanned is what was meant.
    if (scan.event && isOffline() && (await window.scanSheet.kept(scan.event))) scan.follows = false;
    try { scan.sequence = await add(scan); network.refused = false; } catch { return notKept(scan); }
    if (isOffline()) await sayWhatIsKnown();
    await tell();
    send();
  }

  // Better not taken than lost: the code is in the box again, and the screen says why.
  async function notKept({ fields }) {
    network.refused = true;
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

  // --- out -----------------------------------------------------------------------------------------------------------

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
    if (scan.event && document.querySelectorAll("#scan-list[hx-get] tr").length > MANY) fields.list_follows = true;
    if (scan.said && scan.event) fields.said = window.scanJudge.told(scan.said);
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
      if (scan.tab !== TAB && Date.now() - scan.takenAt < OF_ANOTHER_TAB) { soon(OF_ANOTHER_TAB / 6); break; }
      if (!(await deliver(scan))) { await later(); break; }
      sent += 1;
      found();
      await tell();
    }
    return sent;
  }

  function found() {
    network.lost = network.signedOut = false;
    failures = 0;
  }

  function soon(wait = WAITS[0]) {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  }

  async function later(isQuiet = false) {
    network.lost = !network.signedOut;
    soon(WAITS[Math.min(failures++, WAITS.length - 1)]);
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
    network.signedOut = true;
    return false;
  }

  // Somebody may have signed in again meanwhile, in another tab. Another person's scans are never sent in their name.
  async function freshToken() {
    const now = await ask(location.href, TIMEOUT).catch(() => null);
    network.signedOut = Boolean(now?.isSignedOut || (now?.owner && now.owner !== owner()));
    if (!now?.token || network.signedOut) return false;
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
    if (!text.includes('id="scan-list"') && document.getElementById("scan-list")) htmx.trigger("#scan-list", "scanned");
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

  // A page that was opened without a network gives way to the real one as soon as there is a server again.
  async function comeBack() {
    const now = await ask(location.href, TIMEOUT).catch(() => null);
    if (now?.isThere || now?.isSignedOut) location.reload();
    else await later();
  }

  whenTold(send);

  // --- begin ---------------------------------------------------------------------------------------------------------

  // What an earlier version has kept in another place waits as well.
  async function takeOver() {
    const old = owner() ? JSON.parse(localStorage.getItem("scans") || "[]") : [];
    for (const { url, fields, follows } of old) {
      const event = Number(/\/events\/(\d+)\/scans$/.exec(url)?.[1] || 0);
      await add({ owner: owner(), tab: "", url, event, fields, follows, number: 0, takenAt: 0, tries: 0, said: null, aside: null });
    }
    if (old.length) localStorage.removeItem("scans");
  }

  // What waits here already comes before what is scanned on this page.
  async function goOn() {
    hasBegun = true;
    await byItself(takeOver).catch(() => {});
    outstanding += (await waiting().catch(() => [])).length;
  }

  return Object.freeze({ goOn, send, soon, found });
})();
