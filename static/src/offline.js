// A survey without a line: what sheet.js asks is sealed to the wave's key as soon as it is saved, and sent when there is a
// line. Of each saved answer the tablet keeps a sealed block of one size and where it goes: no time, no order, no language.
// Sealing has its counterpart in portal/vault/hpke.py.
(function () {
  "use strict";
  var doc = document, DATABASE = "kiosk", INFO = "survey.offline/1", encoder = new TextEncoder();
  // Milliseconds: a line that is hardly there must not keep the others waiting for ever.
  var HOME = "/__home", NOT_STORED = ["lost", "damaged", "partly"], PATIENCE = 60000;

  // RFC 9180 in base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
  function joined(parts) {
    var size = parts.reduce(function (sum, part) { return sum + part.length; }, 0), whole = new Uint8Array(size), at = 0;
    parts.forEach(function (part) {
      whole.set(part, at);
      at += part.length;
    });
    return whole;
  }

  function hmac(key, text) {
    // No bytes and 32 zeros are one key to HMAC, and browsers take only the second.
    var bytes = key.length ? key : new Uint8Array(32);
    return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]).then(function (made) {
      return crypto.subtle.sign("HMAC", made, text);
    }).then(function (signed) { return new Uint8Array(signed); });
  }

  var VERSION = encoder.encode("HPKE-v1"), NONE = new Uint8Array(0);
  var KEM = joined([encoder.encode("KEM"), [0, 0x20]]);
  var SUITE = joined([encoder.encode("HPKE"), [0, 0x20, 0, 1, 0, 2]]);

  function extract(suite, salt, label, text) {
    return hmac(salt, joined([VERSION, suite, encoder.encode(label), text]));
  }

  function expand(suite, key, label, info, size) {
    return hmac(key, joined([[size >> 8, size & 255], VERSION, suite, encoder.encode(label), info, [1]])).then(function (made) {
      return made.slice(0, size);
    });
  }

  // `pair` is the key of the moment, which only a test gives.
  async function seal(text, publicKey, info, boundTo, pair) {
    var curve = { name: "X25519" };
    pair = pair || await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
    var theirs = await crypto.subtle.importKey("raw", publicKey, curve, true, []);
    var sent = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
    var agreed = new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, pair.privateKey, 256));
    var mixed = await extract(KEM, NONE, "eae_prk", agreed);
    var shared = await expand(KEM, mixed, "shared_secret", joined([sent, publicKey]), 32);
    var context = joined([
      [0], await extract(SUITE, NONE, "psk_id_hash", NONE), await extract(SUITE, NONE, "info_hash", info),
    ]);
    var secret = await extract(SUITE, shared, "secret", NONE);
    var key = await expand(SUITE, secret, "key", context, 32), nonce = await expand(SUITE, secret, "base_nonce", context, 12);
    var lock = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
    var locked = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: boundTo }, lock, text);
    return joined([sent, new Uint8Array(locked)]);
  }

  async function canSeal() {
    try {
      if (!indexedDB || !caches || !navigator.serviceWorker) return false;
      var pair = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
      var raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
      return (await seal(NONE, raw, NONE, NONE)).length === 48;
    } catch (_problem) {
      return false;
    }
  }

  function fromHex(text) {
    return Uint8Array.from(text.match(/../g) || [], function (pair) { return parseInt(pair, 16); });
  }

  function randomHex() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (one) {
      return (one < 16 ? "0" : "") + one.toString(16);
    }).join("");
  }

  // All of one size, however much was written.
  function padded(content, size) {
    var body = encoder.encode(JSON.stringify(content)), whole = Math.ceil((body.length + 4) / size) * size;
    var text = new Uint8Array(whole);
    new DataView(text.buffer).setUint32(0, body.length);
    text.set(body, 4);
    return text;
  }

  // What waits: sealed blocks under random names. And two facts: how many came too late, and whether nobody may begin any more.
  function inDatabase(store, mode, act) {
    return new Promise(function (done, fail) {
      var opening = indexedDB.open(DATABASE, 1);
      opening.onupgradeneeded = function () {
        opening.result.createObjectStore("queue");
        opening.result.createObjectStore("facts");
      };
      opening.onerror = function () { fail(opening.error); };
      opening.onsuccess = function () {
        var made, asking;
        function close(then, what) {
          opening.result.close();
          then(what);
        }

        try {
          made = opening.result.transaction(store, mode, { durability: "strict" });
          made.oncomplete = function () { close(done, asking && asking.result); };
          made.onabort = made.onerror = function () { close(fail, made.error); };
          asking = act(made.objectStore(store));
        } catch (problem) {
          close(fail, problem);
        }
      };
    });
  }

  function waiting() {
    return inDatabase("queue", "readonly", function (store) { return store.count(); });
  }

  function fact(name) {
    return inDatabase("facts", "readonly", function (store) { return store.get(name); });
  }

  function setFact(name, value) {
    return inDatabase("facts", "readwrite", function (store) { store.put(value, name); });
  }

  function drop(name) {
    return inDatabase("queue", "readwrite", function (store) { store.delete(name); });
  }

  async function sendOne(name) {
    var kept = await inDatabase("queue", "readonly", function (store) { return store.get(name); });
    if (!kept) return;
    var answer = await fetch(kept.to, {
      method: "POST", body: kept.sealed, credentials: "omit", headers: { "Content-Type": "application/octet-stream" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    var told = await answer.json().catch(function () { return {}; });
    // Only a verdict of the portal itself takes it off the tablet: a page of a café's network or a server in trouble is none.
    if (["stored", "closed", "refused", "damaged"].indexOf(told.is) < 0) return;
    await setFact("over", !told.taking);
    if (told.is === "damaged") await count("damaged");
    else if (told.is !== "stored") await count("lost");
    else if (told.left_out) await count("partly");
    await drop(name);
  }

  async function count(name) {
    await setFact(name, (await fact(name) || 0) + 1);
  }

  async function sendEach() {
    // Without a line the first one fails, and the rest waits with it.
    for (var name of await inDatabase("queue", "readonly", function (store) { return store.getAllKeys(); })) await sendOne(name);
  }

  var sending = null;

  // Each once, also where two tabs are open; what cannot be sent now waits. The server stores one that comes twice a single time.
  function sendAll() {
    if (sending) return sending;
    sending = (navigator.locks ? navigator.locks.request("send", sendEach) : sendEach())
      .catch(function () {}).then(function () { sending = null; });
    return sending;
  }

  // `more`: a random id, what was answered, and in which order shuffled options stood.
  async function keepSealed(sheet, more) {
    var content = Object.assign({ ticket: sheet.ticket, version: sheet.version, language: sheet.language }, more);
    var sealed = await seal(padded(content, sheet.size), fromHex(sheet.key), encoder.encode(INFO), fromHex(sheet.wave));
    await inDatabase("queue", "readwrite", function (store) { store.put({ to: sheet.to, sealed: sealed }, randomHex()); });
  }

  // The first page: what waits, and whether the tablet is ready.
  async function show(part) {
    var number = await waiting(), isOver = await fact("over"), isLost = false;
    function toggle(name, isShown) {
      Array.prototype.forEach.call(doc.querySelectorAll("[data-" + name + "]"), function (one) { one.hidden = !isShown; });
    }

    part.querySelector("[data-count]").textContent = number;
    for (var name of NOT_STORED) {
      var found = await fact(name) || 0;
      part.querySelector("[data-" + name + "-count]").textContent = found;
      toggle(name, found > 0);
      isLost = isLost || found > 0;
    }
    toggle("to-note", isLost);
    toggle("waits", number > 0);
    toggle("none-waits", !number && !isLost);
    toggle("over", Boolean(isOver));
    toggle("choose", !isOver);
  }

  async function fresh(url) {
    var answer = await fetch(url, { cache: "reload" });
    if (!answer.ok || answer.redirected) throw new Error("not all pages came");
    return answer;
  }

  // Newer pages in the place of those that are kept. The older go last: where there is no room, they still work.
  async function keepPages(url) {
    var home = await fresh(url), text = await home.clone().text();
    // The newest page says what belongs to it: once the portal is updated, files have other names than this one knows.
    var first = new DOMParser().parseFromString(text, "text/html").querySelector("[data-first-page]");
    var urls = JSON.parse(first.getAttribute("data-kept")), answers = await Promise.all(urls.map(fresh));
    var kept = await caches.open(DATABASE), wanted = urls.concat(HOME);
    // What a page needs before the page.
    for (var place = urls.length - 1; place >= 0; place -= 1) await kept.put(urls[place], answers[place]);
    await kept.put(HOME, home);
    for (var old of await kept.keys()) {
      if (wanted.indexOf(new URL(old.url).pathname) < 0) await kept.delete(old);
    }
  }

  // Where there is a line the server says whether this tablet may go on; one that it no longer knows is cleared. False without.
  async function askWhetherOver(part) {
    try {
      var answer = await fetch(part.getAttribute("data-state"), {
        method: "POST", body: part.getAttribute("data-ticket"), credentials: "omit", headers: { "Content-Type": "text/plain" },
        signal: AbortSignal.timeout(PATIENCE),
      });
      var told = await answer.json();
      // What a network's own page says is no word of the portal.
      if (typeof told.known !== "boolean") return false;
      await setFact("over", !told.taking);
      if (!told.known) await clear();
      return true;
    } catch (_problem) {
      return false;
    }
  }

  async function firstPage(part) {
    function say(state) {
      ["ready", "unready", "unable"].forEach(function (name) {
        part.querySelector("[data-" + name + "]").hidden = name !== state;
      });
    }

    async function tryToSend(isPressed) {
      await sendAll();
      var hasLine = await askWhetherOver(part);
      await show(part);
      if (hasLine || isPressed) part.querySelector("[data-no-line]").hidden = hasLine;
      return hasLine;
    }

    if (!await canSeal()) return say("unable");
    await show(part);
    part.querySelector("[data-send]").addEventListener("click", function () { tryToSend(true); });
    part.querySelector("[data-end]").addEventListener("click", async function (event) {
      event.preventDefault();
      if (await tryToSend(true)) location.assign(this.href);
    });
    part.querySelector("[data-noted]").addEventListener("click", function () {
      Promise.all(NOT_STORED.map(function (name) { return setFact(name, 0); })).then(function () { return show(part); });
    });
    addEventListener("online", function () { tryToSend(); });
    setInterval(tryToSend, 60000);
    try {
      await navigator.serviceWorker.register(part.getAttribute("data-worker"));
      await navigator.serviceWorker.ready;
      if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
      await keepPages(JSON.parse(part.getAttribute("data-kept"))[0]);
      say("ready");
    } catch (_problem) {
      // The page under HOME is kept last, once all the others are.
      say(await caches.match(HOME, { cacheName: DATABASE, ignoreVary: true }) ? "ready" : "unready");
    }
    await tryToSend();
  }

  // On the page where staff end it: not while answers wait. On the one after it: nothing is left.
  async function atTheEnd(home) {
    if (await waiting()) location.replace(home);
  }

  // All that is kept, but for what waits.
  async function clear() {
    if (await waiting()) return;
    var found = await navigator.serviceWorker.getRegistrations();
    for (var one of found) await one.unregister();
    await caches.delete(DATABASE);
  }

  async function afterTheEnd() {
    await clear();
    if (!await waiting()) indexedDB.deleteDatabase(DATABASE);
  }

  async function beforeTheStart(part) {
    if (await canSeal()) return;
    part.querySelector("input").disabled = true;
    part.querySelector("[data-unable]").hidden = false;
  }

  var parts = {
    "[data-first-page]": firstPage, "[data-offline-check]": beforeTheStart,
    "[data-ending]": function (part) { return atTheEnd(part.getAttribute("data-ending")); },
    "[data-kiosk-ended]": afterTheEnd,
  };
  Object.keys(parts).forEach(function (selector) {
    var part = doc.querySelector(selector);
    if (part) parts[selector](part);
  });
  // For sheet.js, and for the tests.
  globalThis.offline = { keepSealed: keepSealed, randomHex: randomHex, sendAll: sendAll, waiting: waiting, fact: fact, seal: seal };
})();
