// Staff sign in with a passkey: the browser asks the device, and a form carries what it answered. See portal/staff/passkey_pages.py.
(function () {
  "use strict";
  var doc = document;

  function each(selector, act) {
    Array.prototype.forEach.call(doc.querySelectorAll(selector), act);
  }

  if (!window.PublicKeyCredential || !navigator.credentials || !window.fetch) {
    each("[data-no-passkeys]", function (part) { part.hidden = false; });
    return;
  }

  // Bytes travel as base64url, without the signs that fill it up.
  function bytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/")), found = new Uint8Array(raw.length), at;
    for (at = 0; at < raw.length; at++) found[at] = raw.charCodeAt(at);
    return found;
  }

  function text(buffer) {
    var raw = Array.prototype.map.call(new Uint8Array(buffer), function (one) { return String.fromCharCode(one); }).join("");
    return btoa(raw).replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=+$/, "");
  }

  function withBytes(credential) {
    credential.id = bytes(credential.id);
    return credential;
  }

  function toAsk(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    ["excludeCredentials", "allowCredentials"].forEach(function (name) {
      if (options[name]) options[name] = options[name].map(withBytes);
    });
    return { publicKey: options };
  }

  function answered(credential) {
    var response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    });
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: response };
  }

  function asked(button, form) {
    if (button.hasAttribute("data-options")) {
      return Promise.resolve({ number: form.elements.number.value, options: JSON.parse(button.getAttribute("data-options")) });
    }
    var sent = new URLSearchParams();
    sent.set("csrf_token", form.elements.csrf_token.value);
    sent.set("purpose", button.getAttribute("data-passkey"));
    return fetch(button.getAttribute("data-ask"), { method: "POST", body: sent }).then(function (answer) {
      if (!answer.ok) throw new Error("asked " + answer.status);
      return answer.json();
    });
  }

  each("[data-passkey]", function (button) {
    var form = button.form, part = button.closest("[data-passkey-part]"), status = part.querySelector("[data-passkey-status]");
    part.hidden = false;
    button.addEventListener("click", function () {
      button.disabled = true;
      status.textContent = "";
      asked(button, form).then(function (found) {
        var ask = toAsk(found.options);
        form.elements.number.value = found.number;
        return button.getAttribute("data-passkey") === "make" ? navigator.credentials.create(ask) : navigator.credentials.get(ask);
      }).then(function (credential) {
        form.elements.answer.value = JSON.stringify(answered(credential));
        form.submit();
      }).catch(function (problem) {
        button.disabled = false;
        status.textContent = status.getAttribute(problem.name === "InvalidStateError" ? "data-known" : "data-failed") || status.getAttribute("data-failed");
      });
    });
  });
})();
