// Gives a tablet the pages it keeps where there is no line. It keeps nothing that anybody typed: see offline.js.
"use strict";
const KEPT = "kiosk";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const asked = event.request;
  // "reload" is how offline.js looks for newer pages.
  if (asked.method !== "GET" || asked.cache === "reload") return;
  event.respondWith(
    caches.open(KEPT).then((kept) => kept.match(asked.url, { ignoreVary: true }).then((found) => {
      if (found) return found;
      // Without a line a page that is not kept leads back to the first one.
      return fetch(asked).catch((problem) => {
        if (asked.mode !== "navigate") throw problem;
        return kept.match("/__home", { ignoreVary: true }).then((home) => home || Promise.reject(problem));
      });
    }))
  );
});
