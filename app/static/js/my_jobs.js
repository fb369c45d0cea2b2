// A technician's deeds without a network. Each is written to this device (IndexedDB, photos too) before it is sent,
// sent in order, one at a time, under an id of its own so that a repeat is one deed, and forgotten only when the
// server has answered. What it could not take is shown with its reason. The pages themselves are kept by
// my_jobs_worker.js, where the browser has service workers (behind TLS, or on this very machine).
(() => {
  "use strict";
  const TIMEOUT = 15000;
  const WAITS = [2000, 4000, 8000, 15000, 30000];
  const LONGEST_SIDE = 1600;
  let sending = false;
  let failures = 0;
  let timer = 0;
  let signedOut = false;

  const region = () => document.querySelector("[data-my-jobs]");
  const owner = () => region().dataset.owner;
  const token = () => document.querySelector('meta[name="csrf-token"]');

  // --- kept on this device -----------------------------------------------------------------------------------------

  const { uuid, database, ask } = window.onDevice;
  const deeds = database("my-jobs", { deeds: { keyPath: "id", autoIncrement: true } });
  const store = (mode, act) => deeds(mode, "deeds", act);
  const keep = (deed) => store("readwrite", (deeds) => deeds.put(deed));
  const forget = (id) => store("readwrite", (deeds) => deeds.delete(id));
  const mine = async () => (await store("readonly", (deeds) => deeds.getAll())).filter((deed) => deed.owner === owner());
  const waiting = async () => (await mine()).filter((deed) => !deed.refused);

  // --- in ----------------------------------------------------------------------------------------------------------

  // Caught on its way down, before the page's own guard against sending twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!region() || !form.matches("form[data-deed]") || !window.indexedDB) return;
    event.preventDefault();
    take(form).catch(() => form.submit());
  }, true);

  async function take(form) {
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrf_token" && name !== "request_id");
    const texts = fields.filter(([, value]) => typeof value === "string");
    const picture = fields.find(([, value]) => value instanceof File && value.size)?.[1];
    if (form.querySelector("[type=file]") && !picture) return;
    const said = Object.fromEntries(texts);
    const label = form.dataset.deed.replace(/\{(\w+)\}/g, (_, name) => said[name] || "");
    await keep({
      owner: owner(), url: form.getAttribute("action"), label, part: form.dataset.ofPart || "", key: uuid(),
      fields: texts, picture: picture ? await smaller(picture) : null, refused: "",
    });
    form.reset();
    form.closest("details")?.removeAttribute("open");
    await show();
    send();
  }

  // As large as is shown later, and without the place where it was taken; as it is where the browser cannot draw it.
  async function smaller(picture) {
    try {
      const drawn = await createImageBitmap(picture, { imageOrientation: "from-image" });
      const share = Math.min(1, LONGEST_SIDE / Math.max(drawn.width, drawn.height));
      const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(drawn.width * share), height: Math.round(drawn.height * share) });
      canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
      return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || picture), "image/jpeg", 0.85));
    } catch { return picture; }
  }

  // --- out ---------------------------------------------------------------------------------------------------------

  async function send() {
    if (sending || !region()) return;
    sending = true;
    clearTimeout(timer);
    let sent = 0;
    try {
      for (let [deed] = await waiting(); deed; [deed] = await waiting()) {
        await deliver(deed);
        failures = 0;
        sent += 1;
        await show();
      }
    } catch { timer = setTimeout(send, WAITS[Math.min(failures++, WAITS.length - 1)]); }
    sending = false;
    await show();
    if (sent) await refresh();
  }

  // Forgets the deed, or keeps it with the reason why it could not be done. Throws when it must be tried again.
  async function deliver(deed, again = false) {
    const answer = await post(deed);
    if (answer.ok) return forget(deed.id);
    if (answer.status === 400 && !again && (await freshToken())) return deliver(deed, true);
    if ([400, 403, 404, 409, 413, 422].includes(answer.status) && (await isSignedIn())) {
      return keep({ ...deed, refused: await reason(answer) });
    }
    throw new Error("later");
  }

  function post(deed) {
    const body = new FormData();
    for (const [name, value] of deed.fields) body.append(name, value);
    body.append("request_id", deed.key);
    if (deed.picture) body.append("photo", deed.picture, "photo.jpg");
    const headers = { Accept: "application/json", "X-CSRFToken": token().content };
    return fetch(deed.url, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
  }

  async function reason(answer) {
    const said = await answer.json().catch(() => ({}));
    const fields = Object.values(said.errors || {}).flat();
    return fields.join(" ") || said.detail || "The server could not do this.";
  }

  async function home() {
    const now = await ask(`${region().dataset.home}?fresh=1`, TIMEOUT);
    signedOut = now.isSignedOut;
    return now;
  }

  const isSignedIn = async () => (await home()).isThere;

  async function freshToken() {
    const { token: fresh } = await home();
    if (fresh) token().content = fresh;
    return Boolean(fresh);
  }

  async function refresh() {
    const part = document.querySelector("#my-job, #my-jobs");
    if (part && !document.querySelector(".my-job details[open]")) {
      await htmx.ajax("GET", location.pathname, { target: `#${part.id}`, swap: "outerHTML" });
    }
    if (part) keepPages();
  }

  // --- what still waits, and what was refused ----------------------------------------------------------------------

  async function show() {
    if (!region()) return;
    const deeds = await mine();
    const open = deeds.filter((deed) => !deed.refused);
    region().replaceChildren(...[open.length && waitingNotice(open), ...deeds.filter((deed) => deed.refused).map(refusedNotice)].filter(Boolean));
    region().hidden = deeds.length === 0;
    for (const part of document.querySelectorAll("[data-part]")) mark(part, open.filter((deed) => deed.part === part.dataset.part));
  }

  function element(name, text, className = "") {
    const made = document.createElement(name);
    made.textContent = text;
    made.className = className;
    return made;
  }

  function waitingNotice(open) {
    const box = element("div", "", "notice amber");
    const words = document.createElement("div");
    words.append(element("p", `Waiting to be sent (${open.length})`, "my-waiting-count"));
    const list = document.createElement("ul");
    list.append(...open.map((deed) => element("li", deed.label)));
    words.append(list);
    if (signedOut) {
      const link = element("a", "Sign in again to send it");
      link.href = `${region().dataset.signIn}?next=${encodeURIComponent(location.pathname)}`;
      words.append(link);
    } else if (failures || !navigator.onLine) {
      words.append(element("p", "No connection. It is kept on this device and sent as soon as the network is back.", "small"));
    }
    box.append(words);
    return box;
  }

  function refusedNotice(deed) {
    const box = element("div", "", "notice red");
    box.setAttribute("role", "alert");
    const words = document.createElement("div");
    words.append(element("p", `Not done: ${deed.label}`), element("p", deed.refused, "small"));
    const dismiss = element("button", "Understood", "button small");
    dismiss.type = "button";
    dismiss.addEventListener("click", async () => { await forget(deed.id); await show(); });
    words.append(dismiss);
    box.append(words);
    return box;
  }

  function mark(part, deeds) {
    part.classList.toggle("waits", deeds.length > 0);
    const line = part.querySelector(".my-part-waiting");
    line.hidden = deeds.length === 0;
    line.replaceChildren(...deeds.map((deed) => element("span", `${deed.label}: waiting to be sent`)));
  }

  // --- steppers ----------------------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    const box = button.closest(".stepper").querySelector("input");
    box.value = Math.max(1, (parseInt(box.value, 10) || 0) + Number(button.dataset.step));
  });

  // --- the pages, kept for when there is no network ----------------------------------------------------------------

  async function keepPages() {
    const worker = navigator.serviceWorker && (await navigator.serviceWorker.ready).active;
    if (!worker) return;
    const jobs = [...document.querySelectorAll(`a[href^="${region().dataset.home}/"]`)].map((link) => link.getAttribute("href"));
    const named = [...document.querySelectorAll("link[href], script[src]")].map((one) => one.href || one.src);
    const fetched = performance.getEntriesByType("resource").map((one) => one.name);
    const assets = [...named, ...fetched].filter((url) => new URL(url, location.href).pathname.startsWith("/static/"));
    worker.postMessage({ pages: [...new Set([region().dataset.home, location.pathname, ...jobs])], assets: [...new Set(assets)] });
  }

  async function start() {
    if (!region() || !window.indexedDB) return;
    const known = localStorage.getItem("my-jobs-owner");
    if (known !== owner()) {
      await window.caches?.delete("my-jobs");
      localStorage.setItem("my-jobs-owner", owner());
    }
    await show();
    send();
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register(region().dataset.worker, { scope: region().dataset.home });
    keepPages();
  }

  window.addEventListener("online", send);
  window.addEventListener("offline", show);
  document.addEventListener("htmx:afterSettle", show);
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
