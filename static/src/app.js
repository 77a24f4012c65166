// What the pages do where a script runs. Without it they do the same by ordinary forms and links.
(function () {
  "use strict";
  var doc = document, root = doc.documentElement;
  // What the server takes out of a text: _UNWANTED in portal/text.py. A lone surrogate reaches it as a letter.
  var UNWANTED = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff]/g;
  root.className += " app-scripted";

  function each(selector, act) {
    Array.prototype.forEach.call(doc.querySelectorAll(selector), act);
  }

  function focusErrors() {
    var summary = doc.querySelector("[data-focus]");
    if (!summary) return;
    // At the top, below the bar that leaves the page: as near as it goes, the bar would half cover the languages.
    summary.focus({ preventScroll: true });
    summary.scrollIntoView();
  }

  function blank() {
    each("body > :not(.app-exit), .app-exit form", function (part) { part.hidden = true; });
    doc.title = "";
  }

  // A page that the browser kept from before must not show what was on it: the server's empty one comes in its place.
  function stayAway() {
    function check() {
      if (!/(^|; )left=/.test(doc.cookie)) return;
      blank();
      location.reload();
    }

    addEventListener("pageshow", function (event) {
      if (event.persisted) check();
    });
    check();
  }

  // Leaving: the page is blank first, then gone; the server forgets what was typed.
  function leavePage() {
    var exit = doc.querySelector("[data-exit]");
    if (!exit) return;
    var said = doc.querySelector("[data-exit-status]");
    var away = exit.getAttribute("data-exit-url"), forget = exit.form ? exit.form.action : "";
    var presses = 0, began = 0, down = false, composing = false, timer;

    function say(word) {
      if (said) said.textContent = word ? said.getAttribute("data-" + word) : "";
    }

    function leave() {
      say("leaving");
      blank();
      // From now on every page of ours is empty, however it is come back to.
      doc.cookie = exit.getAttribute("data-exit-cookie");
      // Handed over in the same moment, but before: once the browser is on its way it may drop what comes after.
      if (navigator.sendBeacon && forget) navigator.sendBeacon(forget);
      location.replace(away);
    }

    exit.addEventListener("click", function (event) {
      event.preventDefault();
      leave();
    });

    // Shift is also part of typing, selecting, scrolling and composing: only three presses with nothing between mean it.
    function startAgain() {
      clearTimeout(timer);
      if (presses) say("stopped");
      presses = 0;
      down = false;
    }

    ["pointerdown", "mousedown", "touchstart", "click", "wheel", "input", "blur"].forEach(function (kind) {
      addEventListener(kind, startAgain, true);
    });

    ["compositionstart", "compositionupdate", "compositionend"].forEach(function (kind) {
      addEventListener(kind, function () {
        composing = kind !== "compositionend";
        startAgain();
      }, true);
    });

    addEventListener("keydown", function (event) {
      var withMore = event.ctrlKey || event.altKey || event.metaKey || composing || event.isComposing;
      if (event.key !== "Shift" || withMore || (down && !event.repeat)) return startAgain();
      if (event.repeat) return;
      down = true;
      if (presses) return;
      began = Date.now();
      clearTimeout(timer);
      timer = setTimeout(startAgain, 2000);
    }, true);

    addEventListener("keyup", function (event) {
      if (event.key !== "Shift" || !down || Date.now() - began > 2000) return startAgain();
      down = false;
      presses += 1;
      if (presses === 3) return leave();
      say(presses === 1 ? "two-more" : "one-more");
    }, true);
  }

  function copying() {
    each("[data-copy]", function (button) {
      if (!navigator.clipboard) return;
      button.hidden = false;
      button.addEventListener("click", function () {
        navigator.clipboard.writeText(button.getAttribute("data-copy")).then(function () {
          var words = button.querySelector(".app-button__text") || button;
          words.setAttribute("aria-live", "polite");
          words.textContent = button.getAttribute("data-copied") || words.textContent;
        });
      });
    });
  }

  function printing() {
    each("[data-print]", function (button) {
      button.hidden = false;
      button.addEventListener("click", function (event) {
        event.preventDefault();
        print();
      });
    });
  }

  // Counting starts near the limit: a number going down is a hurry nobody needs.
  function counting() {
    each("[data-limit]", function (group) {
      var box = group.querySelector("textarea"), limit = +group.getAttribute("data-limit");
      var line = doc.createElement("p"), timer;
      line.className = "app-limit";
      line.setAttribute("role", "status");
      group.appendChild(line);

      // As the server counts: code points of what it keeps (plain() in portal/text.py).
      function letters() {
        var text = box.value.replace(/\r\n?/g, "\n").replace(UNWANTED, "");
        text = (text.normalize ? text.normalize("NFC") : text).trim();
        return text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "-").length;
      }

      function count() {
        var left = limit - letters();
        var words = left < 0 ? "data-over" : "data-left";
        line.textContent = left > limit / 10 ? "" : group.getAttribute(words).replace("%d", Math.abs(left));
        line.className = left < 0 ? "app-limit app-limit--over" : "app-limit";
      }

      box.addEventListener("input", function () {
        clearTimeout(timer);
        timer = setTimeout(count, 300);
      });
      count();
    });
  }

  function sendingOnce() {
    each("form", function (form) {
      var sent = false, pressed;
      form.addEventListener("click", function (event) {
        var target = event.target;
        while (target && target !== form && target.nodeName !== "BUTTON") target = target.parentNode;
        if (target && target !== form) pressed = target;
      });
      form.addEventListener("submit", function (event) {
        // After a download the page stays, and the next one is asked for from it.
        if (event.defaultPrevented || form.hasAttribute("data-download")) return;
        if (sent) return event.preventDefault();
        sent = true;
        var button = event.submitter || pressed;
        var words = button && button.getAttribute("data-sending") && button.querySelector(".app-button__text");
        if (words) {
          button.setAttribute("aria-disabled", "true");
          button.setAttribute("data-words", words.textContent);
          words.textContent = button.getAttribute("data-sending");
        }
      });
      addEventListener("pageshow", function () {
        sent = false;
        each("[data-words]", function (button) {
          button.removeAttribute("aria-disabled");
          button.querySelector(".app-button__text").textContent = button.getAttribute("data-words");
          button.removeAttribute("data-words");
        });
      });
    });
  }

  // A part that only matters after one of some answers waits until it is chosen, below the last of them or where it stands.
  function revealing() {
    each("[data-reveal]", function (part) {
      var choices = part.getAttribute("data-reveal").trim().split(" ").map(function (id) {
        return doc.getElementById(id);
      });
      var last = choices[choices.length - 1], card = last && last.parentNode;
      // Behind those that belong to the same answer and come before it.
      while (card && card.nextElementSibling && card.nextElementSibling.hasAttribute("data-reveal")) card = card.nextElementSibling;
      if (card && !part.hasAttribute("data-stays")) card.parentNode.insertBefore(part, card.nextSibling);

      function show() {
        part.classList.toggle("app-revealed", choices.some(function (choice) { return !choice || choice.checked; }));
      }

      doc.addEventListener("change", show);
      addEventListener("pageshow", show);
      show();
    });
  }

  // Answers put in order: a press moves one at once, without sending the page. Also on pages that a tablet's script makes later.
  function ranking() {
    function show(part, order, others) {
      var count = order.children.length, full = count >= +part.getAttribute("data-ranking"), titles = part.querySelectorAll("p");
      order.hidden = titles[0].hidden = !count;
      others.hidden = !others.children.length;
      titles[1].hidden = !count || full || others.hidden;
      titles[2].hidden = !full || others.hidden;
      Array.prototype.forEach.call(part.querySelectorAll("li"), function (option) {
        var place = option.parentNode === order ? Array.prototype.indexOf.call(order.children, option) + 1 : 0;
        var input = option.querySelector("input"), buttons = option.querySelectorAll("button"), number = option.querySelector(".app-ranking__place");
        if (place && !input) {
          input = doc.createElement("input");
          input.type = "hidden";
          input.name = part.getAttribute("data-name");
          input.value = option.getAttribute("data-code");
          option.insertBefore(input, option.firstChild);
        } else if (!place && input) option.removeChild(input);
        number.hidden = buttons[0].parentNode.hidden = !place;
        number.textContent = place || "";
        number.parentNode.hidden = !place && !full;
        buttons[0].hidden = place < 2;
        buttons[1].hidden = place === count;
        buttons[3].hidden = !!place || full;
      });
    }

    // Among the others it stands where it was asked.
    function putBack(option, others) {
      others.insertBefore(option, Array.prototype.filter.call(others.children, function (other) {
        return +other.getAttribute("data-at") > +option.getAttribute("data-at");
      })[0] || null);
    }

    doc.addEventListener("click", function (event) {
      var button = event.target, part, option, order, others;
      while (button && button.nodeName !== "BUTTON") button = button.parentNode;
      for (part = button; part && !(part.hasAttribute && part.hasAttribute("data-ranking"));) part = part.parentNode;
      if (!part) return;
      event.preventDefault();
      order = part.querySelector("ol");
      others = part.querySelector("ul");
      for (option = button; option.nodeName !== "LI";) option = option.parentNode;
      switch (button.value.split(" ")[0]) {
        case "add": order.appendChild(option); break;
        case "up": order.insertBefore(option, option.previousElementSibling); break;
        case "down": order.insertBefore(option.nextElementSibling, option); break;
        case "out": putBack(option, others);
      }
      show(part, order, others);
      option.focus();
    });
  }

  // The visit's end is told by a frame of its own, so that the page keeps what was typed. It is shown when it warns.
  function keepingOpen() {
    each("[data-keep-open]", function (part) {
      var frame = part.querySelector("iframe"), status = part.querySelector("[role=status]");

      function tell() {
        var inside = frame.contentDocument, words = inside && inside.querySelector("[data-keep-words]");
        if (!words) return;
        var state = inside.body.getAttribute("data-keep-state");
        part.classList.toggle("app-keep--shown", state === "warned" || state === "ended");
        frame.style.height = inside.body.scrollHeight + "px";
        if (state !== "open") status.textContent = words.textContent;
        if (doc.activeElement === frame) frame.blur();
        // Three times Shift leaves from in there as well.
        ["keydown", "keyup"].forEach(function (kind) {
          frame.contentWindow.addEventListener(kind, function (event) {
            dispatchEvent(new KeyboardEvent(kind, event));
          });
        });
      }

      frame.addEventListener("load", tell);
      if (frame.contentDocument && frame.contentDocument.readyState === "complete") tell();
    });
  }

  // The code in the square of an invitation stands behind "#", which is sent to no server: here it comes into its box.
  function invited() {
    var code = location.hash.slice(1), box = doc.getElementById("invitation");
    if (!/^[0-9A-Z]{9}$/.test(code)) return;
    history.replaceState(null, "", location.pathname);
    if (box) box.value = code.replace(/(...)(?=.)/g, "$1 ");
  }

  stayAway();
  focusErrors();
  leavePage();
  keepingOpen();
  invited();
  copying();
  printing();
  counting();
  sendingOnce();
  revealing();
  ranking();
})();
