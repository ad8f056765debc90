// The service worker: the shell and one's own upcoming bookings, for when there
// is no network. What it shows then is the page /offline as it was last fetched,
// which says itself when that was. Nothing else personal is kept, and it is
// forgotten at sign-out.
const shell = "shell-1";
const own = "own-1";
const files = [
  "/static/app.css", "/static/app.js", "/static/icons.svg",
  "/static/barlow-semi-condensed-latin-600-normal.woff2", "/static/ibm-plex-mono-latin-500-normal.woff2",
];

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(shell).then((cache) => cache.addAll(files)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(shell);
    for (const request of await cache.keys()) {
      if (!files.includes(new URL(request.url).pathname)) await cache.delete(request);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(own));
  if (event.data === "keep") event.waitUntil(keep());
});

async function keep() {
  const answer = await fetch("/offline", { credentials: "same-origin", redirect: "error" });
  if (answer.ok) await (await caches.open(own)).put("/offline", answer);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (files.includes(url.pathname)) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
    return;
  }
  if (event.request.mode === "navigate") {
    event.respondWith(fetch(event.request).catch(async () =>
      (await caches.match("/offline")) || Response.error()));
  }
});
