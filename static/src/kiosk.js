// On a tablet that goes from hand to hand: it asks whether somebody is still there, and deletes what they began where nobody is.
(function () {
  "use strict";
  var doc = document, part = doc.querySelector("[data-idle]");
  if (!part) return;
  var asked = part.getAttribute("data-idle") * 1000, forgotten = part.getAttribute("data-forgotten") * 1000;
  var home = part.getAttribute("data-home"), timer, before;

  function leave() {
    // Gone from the screen before the next page has come, and from what Back leads to.
    doc.body.hidden = true;
    location.replace(home);
  }

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(ask, asked);
  }

  function ask() {
    clearTimeout(timer);
    before = doc.activeElement;
    part.hidden = false;
    part.querySelector("[data-go-on]").focus();
    timer = setTimeout(leave, forgotten);
  }

  function goOn() {
    part.hidden = true;
    if (before && before.focus) before.focus();
    wait();
  }

  part.querySelector("[data-go-on]").addEventListener("click", goOn);
  part.addEventListener("keydown", function (event) {
    if (event.key === "Tab") event.preventDefault();
    if (event.key === "Escape") goOn();
  });

  ["pointerdown", "touchstart", "keydown", "input", "wheel", "scroll", "mousemove"].forEach(function (kind) {
    addEventListener(kind, function () {
      if (part.hidden) wait();
    }, true);
  });

  // While a tablet sleeps its clocks stand still: whoever wakes it is asked who they are at once.
  doc.addEventListener("visibilitychange", function () {
    if (!doc.hidden && part.hidden) ask();
  });

  // A page that the browser kept is looked at anew: the server no longer knows what was on it.
  addEventListener("pageshow", function (event) {
    if (event.persisted) leave();
  });

  Array.prototype.forEach.call(doc.querySelectorAll("[data-forget]"), function (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      leave();
    });
  });
  wait();
})();
