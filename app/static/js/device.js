// What pages share that keep something on this device for when there is no network: ids, databases (IndexedDB) that
// outlive tab and phone, the question who is signed in now, and forgetting a person who leaves.
window.onDevice = (() => {
  "use strict";

  // crypto.randomUUID exists only behind TLS, and a warehouse may run on plain HTTP in its own network.
  function uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // A database with these stores. What it gives back does one thing in one of them, and answers when that is on the
  // disk and not only on its way there.
  function database(name, stores) {
    let opened = null;
    const open = () => (opened ||= new Promise((resolve, reject) => {
      const asked = indexedDB.open(name, 1);
      asked.onupgradeneeded = () => { for (const [store, options] of Object.entries(stores)) asked.result.createObjectStore(store, options); };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => { opened = null; reject(asked.error); };
    }));
    return async (mode, store, act) => {
      const base = await open();
      return new Promise((resolve, reject) => {
        const change = base.transaction(store, mode, { durability: "strict" });
        const asked = act(change.objectStore(store));
        change.oncomplete = () => resolve(asked.result);
        change.onerror = change.onabort = () => reject(change.error);
      });
    };
  }

  // What a page of the server says now, past everything that was kept: whether somebody is signed in, who, and their token.
  async function ask(address, patience) {
    const answer = await fetch(address, { redirect: "manual", cache: "no-store", signal: AbortSignal.timeout(patience) });
    const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    return {
      isThere: answer.ok,
      isSignedOut: answer.type === "opaqueredirect",
      owner: page?.querySelector("[data-owner]")?.dataset.owner || "",
      token: page?.querySelector('meta[name="csrf-token"]')?.content || "",
    };
  }

  // --- the stations of the warehouse: scans that wait, event sheets, and whose they are ------------------------------

  const station = database("station", {
    scans: { keyPath: "sequence", autoIncrement: true }, sheets: { keyPath: "event" }, notes: { keyPath: "name" },
  });

  // Who leaves takes along what they may see. Their scans that were not sent stay, and wait for them.
  async function forget() {
    await window.caches?.delete("my-jobs");
    for (const store of ["sheets", "notes"]) await station("readwrite", store, (kept) => kept.clear());
  }

  const leave = () => forget().catch(() => {});
  document.addEventListener("submit", (event) => { if (event.target.action?.endsWith?.("/sign-out")) leave(); });
  if (location.pathname === "/sign-in") leave();

  return Object.freeze({ uuid, database, ask, station, forget });
})();
