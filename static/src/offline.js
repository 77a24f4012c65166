// A survey without a line: asked on this tablet, sealed to the wave's key as soon as it is saved, sent when there is a line.
// What is typed lies in memory only until then. Of each saved answer the tablet keeps a sealed block of one size and where
// it goes: no time, no order, no language. Rules and sealing have their counterparts in portal/surveys/expressions.py,
// portal/surveys/routing.py and portal/vault/hpke.py.
(function () {
  "use strict";
  var doc = document, DATABASE = "kiosk", INFO = "survey.offline/1", encoder = new TextEncoder();

  // Conditions, as portal/surveys/sheet.py writes them.
  function isAnswer(answer) {
    return answer !== undefined && answer !== null && answer !== "" && !(Array.isArray(answer) && !answer.length);
  }

  function given(answer) {
    return (Array.isArray(answer) ? answer : [answer]).map(String);
  }

  function isDigits(text) {
    return /^[0-9]+$/.test(text);
  }

  function isMet(rule, answer, order) {
    var codes = rule[2], all = given(answer), isNumber = typeof answer === "number";
    function among(code) { return all.indexOf(code) >= 0; }

    switch (rule[0]) {
      case "answered": return true;
      case "is": return codes.some(among);
      case "includes": return rule[3] ? codes.every(among) : codes.some(among);
      case "compares":
        if (!isNumber) return false;
        return { ">=": answer >= +rule[3], "<=": answer <= +rule[3], ">": answer > +rule[3], "<": answer < +rule[3] }[codes];
      case "between":
        if (isNumber) return isDigits(rule[2]) && isDigits(rule[3]) && +rule[2] <= answer && answer <= +rule[3];
        var low = order.indexOf(rule[2]), high = order.indexOf(rule[3]), at = order.indexOf(answer);
        return low >= 0 && high >= 0 && typeof answer === "string" && at >= low && at <= high;
    }
    throw new Error("unknown condition " + rule[0]);
  }

  function holds(rule, answers, orders) {
    function part(one) { return holds(one, answers, orders); }

    if (rule[0] === "all") return rule.slice(1).every(part);
    if (rule[0] === "any") return rule.slice(1).some(part);
    if (rule[0] === "not") return !part(rule[1]);
    var answer = answers[rule[1]];
    return isAnswer(answer) && isMet(rule, answer, orders[rule[1]] || []);
  }

  // The pages that are asked: [page's number, [[question, number of its wording]]]. An answer counts while it is asked.
  function asked(sheet, answers) {
    var counting = Object.create(null), found = [];
    sheet.pages.forEach(function (page, number) {
      function isAsked(rule) { return holds(rule, counting, sheet.orders); }

      if (!isAsked(page.if)) return;
      var questions = page.questions.filter(function (question) { return isAsked(question.if); });
      if (!questions.length) return;
      found.push([number, questions.map(function (question) {
        var worded = -1;
        question.variants.some(function (rule, place) {
          if (isAsked(rule)) worded = place;
          return worded >= 0;
        });
        return [question, worded];
      })]);
      questions.forEach(function (question) {
        if (question.code in answers) counting[question.code] = answers[question.code];
      });
    });
    return found;
  }

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
        var made = opening.result.transaction(store, mode, { durability: "strict" });
        var asking = act(made.objectStore(store));
        made.oncomplete = function () {
          opening.result.close();
          done(asking && asking.result);
        };
        made.onabort = made.onerror = function () {
          opening.result.close();
          fail(made.error);
        };
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
    });
    var told = await answer.json();
    await setFact("over", !told.taking);
    if (told.is !== "stored") await setFact("lost", (await fact("lost") || 0) + 1);
    await drop(name);
  }

  var sending = null;

  // Each once; what cannot be sent now waits. The server stores one that comes twice a single time.
  function sendAll() {
    if (sending) return sending;
    sending = inDatabase("queue", "readonly", function (store) { return store.getAllKeys(); }).then(async function (names) {
      for (var name of names) await sendOne(name);
    }).catch(function () {}).then(function () { sending = null; });
    return sending;
  }

  async function keepSealed(sheet, fields) {
    var content = { id: randomHex(), ticket: sheet.ticket, version: sheet.version, language: sheet.language, fields: fields };
    var sealed = await seal(padded(content, sheet.size), fromHex(sheet.key), encoder.encode(INFO), fromHex(sheet.wave));
    await inDatabase("queue", "readwrite", function (store) { store.put({ to: sheet.to, sealed: sealed }, randomHex()); });
  }

  // The first page: what waits, and whether the tablet is ready.
  async function show(part) {
    var count = await waiting(), lost = await fact("lost") || 0, isOver = await fact("over");
    function toggle(name, isShown) {
      Array.prototype.forEach.call(doc.querySelectorAll("[data-" + name + "]"), function (one) { one.hidden = !isShown; });
    }

    part.querySelector("[data-count]").textContent = count;
    part.querySelector("[data-lost-count]").textContent = lost;
    toggle("waits", count > 0);
    toggle("none-waits", !count && !lost);
    toggle("lost", lost > 0);
    toggle("over", Boolean(isOver));
    toggle("choose", !isOver);
  }

  // Newer pages in the place of those that are kept, all or none.
  async function keepPages(urls) {
    var answers = await Promise.all(urls.map(function (url) { return fetch(url, { cache: "reload" }); }));
    if (!answers.every(function (answer) { return answer.ok; })) throw new Error("not all pages came");
    await caches.delete(DATABASE);
    var kept = await caches.open(DATABASE);
    await kept.put("/__home", answers[0].clone());
    for (var place = 0; place < urls.length; place += 1) await kept.put(urls[place], answers[place]);
  }

  // Where there is a line the server says whether this tablet may go on; one that it no longer knows is cleared.
  async function askWhetherOver(part) {
    try {
      var answer = await fetch(part.getAttribute("data-state"), {
        method: "POST", body: part.getAttribute("data-ticket"), credentials: "omit", headers: { "Content-Type": "text/plain" },
      });
      var told = await answer.json();
      await setFact("over", !told.taking);
      if (!told.known) await clear();
    } catch (_problem) {
      // No line: as it was.
    }
  }

  async function firstPage(part) {
    function say(state) {
      ["ready", "unready", "unable"].forEach(function (name) {
        part.querySelector("[data-" + name + "]").hidden = name !== state;
      });
    }

    function tryToSend() {
      return sendAll().then(function () { return askWhetherOver(part); }).then(function () { return show(part); });
    }

    if (!await canSeal()) return say("unable");
    await show(part);
    part.querySelector("[data-send]").addEventListener("click", tryToSend);
    part.querySelector("[data-forget-lost]").addEventListener("click", function () {
      setFact("lost", 0).then(function () { return show(part); });
    });
    addEventListener("online", tryToSend);
    setInterval(tryToSend, 60000);
    try {
      await navigator.serviceWorker.register(part.getAttribute("data-worker"));
      await navigator.serviceWorker.ready;
      if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
      await keepPages(JSON.parse(part.getAttribute("data-kept")));
      say("ready");
    } catch (_problem) {
      say(await caches.has(DATABASE) ? "ready" : "unready");
    }
    await tryToSend();
  }

  // One person answers.
  function ask(part) {
    var sheet = JSON.parse(doc.getElementById("sheet").textContent), fields = {}, answers = {}, at = -1, isSaving = false;
    var form = part.querySelector("form"), body = part.querySelector("[data-body]"), problems = part.querySelector("[data-problems]");

    function template(name) {
      return part.querySelector('template[data-is="' + name + '"]').content.cloneNode(true);
    }

    function show(name) {
      ["about", "questions", "check", "saved", "failed"].forEach(function (one) {
        part.querySelector("[data-" + one + "]").hidden = one !== name;
      });
      scrollTo(0, 0);
      var heading = part.querySelector("[data-" + name + "] h1");
      if (heading) {
        heading.setAttribute("tabindex", "-1");
        heading.focus({ preventScroll: true });
      }
    }

    function boxes(name) {
      return Array.prototype.filter.call(form.elements, function (box) { return box.name === name; });
    }

    function read(name) {
      return boxes(name).filter(function (box) {
        return !/^(radio|checkbox)$/.test(box.type) || box.checked;
      }).map(function (box) { return box.value; }).filter(function (text) { return text.trim() !== ""; });
    }

    function fill(name, texts) {
      boxes(name).forEach(function (box) {
        if (/^(radio|checkbox)$/.test(box.type)) box.checked = texts.indexOf(box.value) >= 0;
        else box.value = texts[0] || "";
      });
    }

    // The digits of Urdu and Arabic are digits too.
    function number(text) {
      var plain = text.trim().replace(/[٠-٩]/g, function (one) { return one.charCodeAt(0) - 0x660; })
        .replace(/[۰-۹]/g, function (one) { return one.charCodeAt(0) - 0x6f0; });
      return isDigits(plain) && plain.length <= 20 ? +plain : NaN;
    }

    function coded(question, texts) {
      if (!texts.length) return null;
      if (question.number) return number(texts[0]);
      return boxes(sheet.names[question.code]).some(function (box) { return box.type === "checkbox"; }) ? texts : texts[0];
    }

    function wrong(question, texts) {
      var words = part.dataset, alone = sheet.alone[question.code] || {}, found = "";
      if (question.number && texts.length) {
        var value = number(texts[0]);
        if (isNaN(value)) return words.digits;
        if (value < question.least || value > question.most) {
          return words.range.replace("{least}", question.least).replace("{most}", question.most);
        }
      }
      if (question.limit && texts.length && Array.from(texts[0].trim()).length > question.limit) return words.long;
      if (texts.length > 1) texts.some(function (code) { return (found = alone[code] || ""); });
      return found;
    }

    function sayWrong(list) {
      var places = problems.querySelector("ul");
      places.textContent = "";
      list.forEach(function (each) {
        var item = doc.createElement("li"), link = doc.createElement("a"), box = boxes(sheet.names[each[0].code])[0];
        link.href = "#" + box.id;
        link.textContent = each[1];
        item.appendChild(link);
        places.appendChild(item);
        var group = body.querySelector('[data-question="' + each[0].code + '"]'), line = doc.createElement("p");
        line.className = "govuk-error-message";
        line.textContent = each[1];
        line.id = box.id + "-wrong";
        box.setAttribute("aria-invalid", "true");
        box.setAttribute("aria-describedby", line.id);
        group.insertBefore(line, group.firstChild);
      });
      problems.hidden = !list.length;
      if (list.length) problems.focus();
    }

    function page() {
      return asked(sheet, answers);
    }

    function open(number) {
      var pages = page(), place = pages.findIndex(function (each) { return each[0] === number; });
      at = number;
      problems.hidden = true;
      body.textContent = "";
      body.appendChild(template("page " + number));
      pages[place][1].forEach(function (each) {
        var group = doc.createElement("div");
        group.setAttribute("data-question", each[0].code);
        group.appendChild(template("question " + each[0].code + " " + each[1]));
        body.appendChild(group);
        fill(sheet.names[each[0].code], fields[each[0].code] || []);
      });
      part.querySelector("[data-progress]").textContent = part.dataset.progress
        .replace("{number}", place + 1).replace("{all}", pages.length);
      show("questions");
    }

    function keep(isSkipped) {
      var mine = page().filter(function (each) { return each[0] === at; })[0][1], wrongs = [];
      Array.prototype.forEach.call(body.querySelectorAll("[data-question] > .govuk-error-message"), function (line) { line.remove(); });
      mine.forEach(function (each) {
        var question = each[0], texts = isSkipped ? [] : read(sheet.names[question.code]), why = wrong(question, texts);
        if (why) return wrongs.push([question, why]);
        fields[question.code] = texts;
        answers[question.code] = coded(question, texts);
      });
      sayWrong(wrongs);
      if (wrongs.length) return;
      var next = page().filter(function (each) { return each[0] > at; })[0];
      if (next) open(next[0]);
      else check();
    }

    function back() {
      var before = page().filter(function (each) { return at < 0 || each[0] < at; }).pop();
      if (before) open(before[0]);
      else show("about");
    }

    function counted() {
      return [].concat.apply([], page().map(function (each) { return each[1]; }));
    }

    // What is answered, in the words of the page on which it was.
    function check() {
      var list = part.querySelector("[data-list]"), answered = 0;
      list.textContent = "";
      counted().forEach(function (each) {
        var shown = doc.createElement("div"), question = doc.createElement("dt"), said = doc.createElement("dd");
        var code = each[0].code, texts = fields[code] || [], drawn = template("question " + code + " " + each[1]);
        var label = drawn.querySelector("legend, label"), row = doc.createElement("div");
        shown.appendChild(drawn);
        row.className = "govuk-summary-list__row govuk-summary-list__row--no-actions";
        question.className = "govuk-summary-list__key";
        said.className = "govuk-summary-list__value app-lines";
        question.textContent = label ? label.textContent.trim() : "";
        said.textContent = texts.map(function (text) {
          var box = Array.prototype.filter.call(shown.querySelectorAll("input, option"), function (one) {
            return one.value === text && /^(radio|checkbox)$|^$/.test(one.type || "");
          })[0];
          if (!box) return text;
          return (box.nodeName === "OPTION" ? box : shown.querySelector('label[for="' + box.id + '"]')).textContent.trim();
        }).join("\n") || part.dataset.skipped;
        answered += texts.length ? 1 : 0;
        row.appendChild(question);
        row.appendChild(said);
        list.appendChild(row);
      });
      at = -1;
      part.querySelector("[data-some]").hidden = !answered;
      part.querySelector("[data-empty]").hidden = answered > 0;
      show("check");
    }

    async function save() {
      if (isSaving) return;
      isSaving = true;
      var typed = {};
      counted().forEach(function (each) {
        var texts = fields[each[0].code] || [];
        if (texts.length) typed[sheet.names[each[0].code]] = texts;
      });
      try {
        await keepSealed(sheet, typed);
      } catch (_problem) {
        isSaving = false;
        return show("failed");
      }
      fields = {};
      answers = {};
      body.textContent = "";
      part.querySelector("[data-list]").textContent = "";
      show("saved");
      setTimeout(function () { location.replace(sheet.home); }, 20000);
      await sendAll();
      part.querySelector("[data-count]").textContent = await waiting();
      part.querySelector("[data-waits]").hidden = false;
    }

    function press(name, act) {
      Array.prototype.forEach.call(part.querySelectorAll("[data-" + name + "]"), function (button) {
        button.addEventListener("click", act);
      });
    }

    form.addEventListener("submit", function (event) {
      event.preventDefault();
      event.stopPropagation();
      keep(false);
    });
    press("start", function () { open(page()[0][0]); });
    press("skip", function () { keep(true); });
    press("back", back);
    press("save", save);
    fact("over").then(function (isOver) { if (isOver) location.replace(sheet.home); });
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
    "[data-first-page]": firstPage, "[data-sheet]": ask, "[data-offline-check]": beforeTheStart,
    "[data-ending]": function (part) { return atTheEnd(part.getAttribute("data-ending")); },
    "[data-kiosk-ended]": afterTheEnd,
  };
  Object.keys(parts).forEach(function (selector) {
    var part = doc.querySelector(selector);
    if (part) parts[selector](part);
  });
  // The tests ask them about what Python answers.
  globalThis.offline = { holds: holds, asked: asked, seal: seal };
})();
