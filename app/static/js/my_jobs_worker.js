// Keeps a technician's own screens, and what they are made of, for when there is no network: first the network, then
// what was kept. Nothing else is kept, no deed is answered from here, and signing out forgets all of it.
"use strict";
const KEPT = "my-jobs";
const PATIENCE = 5000;

const isPage = (url) => /^\/jobs\/mine(\/\d+)?$/.test(url.pathname);
const isAsset = (url) => url.pathname.startsWith("/static/");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const { pages = [], assets = [] } = event.data || {};
  event.waitUntil(Promise.all([...pages.map(keepPage), ...assets.map(keepAsset)]));
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || url.search === "?fresh=1") return;
  if (event.request.mode === "navigate" && isPage(url)) event.respondWith(page(event.request, url));
  else if (isAsset(url)) event.respondWith(asset(event.request));
});

async function page(request, url) {
  try {
    const answer = await Promise.race([fetch(request), impatience()]);
    await remember(url.pathname, answer.clone());
    return answer;
  } catch {
    return (await found(url.pathname)) || Response.error();
  }
}

const impatience = () => new Promise((_, refuse) => { setTimeout(() => refuse(new Error("too slow")), PATIENCE); });

async function asset(request) {
  const kept = await found(request.url);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(KEPT)).put(request.url, answer.clone());
  return answer;
}

async function found(address) {
  const answer = await (await caches.open(KEPT)).match(address, { ignoreVary: true });
  return answer;
}

// A page that leads to signing in says that nobody is there any more: what was kept of them goes.
async function remember(address, answer) {
  if (answer.redirected || answer.type === "opaqueredirect") await caches.delete(KEPT);
  else if (answer.ok) await (await caches.open(KEPT)).put(address, answer);
  else if (answer.status === 404) await (await caches.open(KEPT)).delete(address);
}

async function keepPage(address) {
  const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
  if (answer) await remember(new URL(address, self.location.href).pathname, answer);
}

async function keepAsset(address) {
  if (await found(address)) return;
  const answer = await fetch(address).catch(() => null);
  if (answer?.ok) await (await caches.open(KEPT)).put(address, answer);
}
