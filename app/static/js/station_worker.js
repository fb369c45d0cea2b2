// Opens the stations of the warehouse when there is no network: first the network, then the bare page that fills itself
// from what this device keeps. Only that page and what it is made of are kept here, nothing of anybody's; no deed is
// answered from here. What stands before this text names them: SHELL, ASSETS, and VERSION, which changes with them.
"use strict";
const KEPT = `station-${VERSION}`;
const PATIENCE = 5000;
const isStation = (url) => /^\/warehouse(\/events\/\d+\/scan)?$/.test(url.pathname);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([new Request(SHELL, { credentials: "omit" }), ...ASSETS])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOld().then(() => self.clients.claim()));
});

async function dropOld() {
  const old = (await caches.keys()).filter((name) => name.startsWith("station-") && name !== KEPT);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && isStation(url)) event.respondWith(page(event.request));
  else if (ASSETS.includes(url.pathname + url.search)) event.respondWith(asset(event.request));
});

// A proxy that answers in the place of a dead server does not bear our mark; a redirect to sign in is not to be looked into.
async function page(request) {
  try {
    const answer = await Promise.race([fetch(request), impatience()]);
    if (answer.status < 502 || answer.status > 504 || answer.headers.has("X-Request-ID")) return answer;
  } catch { /* there is no network */ }
  return (await caches.match(SHELL, { cacheName: KEPT, ignoreVary: true })) || Response.error();
}

const impatience = () => new Promise((_, refuse) => { setTimeout(() => refuse(new Error("too slow")), PATIENCE); });

async function asset(request) {
  return (await caches.match(request.url, { cacheName: KEPT, ignoreVary: true })) || fetch(request);
}
