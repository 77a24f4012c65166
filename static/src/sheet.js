// One person answers a survey on a tablet without a line: which questions they are asked, in which words and order, and what
// is no answer. Nothing of it is kept but what offline.js seals. Each part has its counterpart in Python, which judges the
// answers again when they arrive: portal/surveys/expressions.py, routing.py, portal/questions and place_search.py.
(function () {
  "use strict";
  var doc = document;
  // What plain() in portal/text.py takes out, and what it takes for nothing written.
  var UNWANTED = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff]/gu;
  var DRAWN = /[^\p{Cc}\p{Cf}\p{M}\p{Z}\u115f\u1160\u2800\u3164\uffa0\ufffc]/u;

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

  // The places in which shuffled options stand: portal/questions/shuffling.py.
  function order(size, draw) {
    var found = [];
    for (var place = 0; place < size; place += 1) {
      found.push(((place % 2 ? size - (place + 1) / 2 : place / 2) + draw) % size);
    }
    return Math.floor(draw / size) % 2 ? found.reverse() : found;
  }

  // What is written, as plain() in portal/text.py keeps it.
  function plain(text) {
    var kept = text.replace(/\r\n?/g, "\n").replace(UNWANTED, "").normalize("NFC").trim();
    return DRAWN.test(kept) ? kept : "";
  }

  function letters(text) {
    return Array.from(text);
  }

  // Digits of any script as ours. In Unicode each script's ten stand together, from nought on.
  function ourDigits(text) {
    return text.replace(/\p{Nd}/gu, function (digit) {
      var first = digit.codePointAt(0);
      while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
      return (digit.codePointAt(0) - first) % 10;
    });
  }

  // A whole number within these bounds; else NaN.
  function whole(text, least, most) {
    var digits = ourDigits(text);
    return isDigits(digits) && digits.length <= 20 && +digits >= least && +digits <= most ? +digits : NaN;
  }

  // Small, without marks, and alike from every keyboard.
  function folded(text, same) {
    var apart = text.toLowerCase().replace(/ß/g, "ss").normalize("NFKD");
    return letters(apart).map(function (letter) { return same[letter] || letter; }).join("").replace(/[\p{Mn}\p{Cf}]/gu, "");
  }

  // The month that is meant, as read_month in portal/web/dates.py finds it; else NaN.
  function month(typed, dates) {
    var number = whole(typed, 0, 1e9), names = dates.months;
    if (!isNaN(number)) return number >= 1 && number <= 12 ? number : NaN;
    var word = folded(typed, dates.same).replace(/[^\p{L}\p{N}]/gu, "");
    if (!word || letters(typed).length > 40) return NaN;
    var meant = Object.hasOwn(names, word) ? names[word] : [].concat.apply([], Object.keys(names).filter(function (name) {
      return name.indexOf(word) === 0;
    }).map(function (name) { return names[name]; }));
    return new Set(meant).size === 1 ? meant[0] : NaN;
  }

  // Which places may be meant: {sure, near}, as portal/partnership/place_search.py finds them.
  function find(typed, places) {
    function pairs(words) {
      var found = new Set();
      words.forEach(function (word) {
        var spelled = letters(word);
        spelled.forEach(function (letter, at) {
          found.add(letter).add((at ? spelled[at - 1] : " ") + letter);
        });
        found.add(spelled[spelled.length - 1] + " ");
      });
      return found;
    }

    function long(words) {
      return letters(words.join("")).length;
    }

    var all = folded(letters(typed).slice(0, places.longest).join(""), places.same).replace(/['’`]/g, "").match(/[\p{L}\p{N}_]+/gu) || [];
    var kept = all.filter(function (word) { return places.fillers.indexOf(word) < 0; });
    if (!kept.length) kept = all;
    var words = kept.map(function (word) { return word === "st" && kept.length > 1 ? "saint" : word; }).sort();
    var mine = pairs(words), length = long(words), same = [], alike = new Map(), complete = new Map();
    places.names.forEach(function (name) {
      var code = name[0], theirs = pairs(name[1]), shared = 0;
      if (words.length && name[1].join(" ") === words.join(" ") && same.indexOf(code) < 0) same.push(code);
      theirs.forEach(function (pair) { shared += mine.has(pair) ? 1 : 0; });
      if (!shared) return;
      var dice = 2 * shared / (mine.size + theirs.size), overlap = shared / Math.min(mine.size, theirs.size);
      alike.set(code, Math.max(alike.get(code) || 0, (dice + overlap) / 2));
      if (Math.abs(long(name[1]) - length) <= places.slip) complete.set(code, Math.max(complete.get(code) || 0, dice));
    });
    var likely = Array.from(alike.keys()).filter(function (code) { return alike.get(code) >= places.alike; })
      .sort(function (one, other) { return alike.get(other) - alike.get(one); });
    var near = Array.from(new Set(same.concat(likely))).slice(0, places.most);
    if (same.length || !near.length) return { sure: same.length === 1 ? same[0] : null, near: near };
    var lead = alike.get(near[0]) - (near.length > 1 ? alike.get(near[1]) : 0);
    return { sure: (complete.get(near[0]) || 0) >= places.sure && lead >= places.lead ? near[0] : null, near: near };
  }

  function isoDay(year, monthNumber, day) {
    var made = new Date(Date.UTC(year, monthNumber - 1, day));
    return made.getUTCMonth() === monthNumber - 1 ? made.toISOString().slice(0, 10) : null;
  }

  // A tablet's clock may be wrong: it is believed on the days on which the survey can be asked. On others a date is let
  // through that is right on any of these, and the server looks at it again.
  function bounds(question, dates, clock) {
    var isRight = dates.since <= clock && clock <= dates.until, size = question.grain ? 7 : 10;
    function day(bound, today) {
      var parts = /^today([+-]\d+)?$/.exec(bound);
      if (!parts) return bound;
      var made = new Date(today + "T00:00:00Z");
      made.setUTCDate(made.getUTCDate() + +(parts[1] || 0));
      return made.toISOString().slice(0, 10);
    }

    var today = isRight ? clock : dates.until;
    return {
      first: day(question.earliest, isRight ? clock : dates.since).slice(0, size),
      last: day(question.latest, today).slice(0, size), today: today.slice(0, size),
    };
  }

  function inWords(iso, dates) {
    var day = new Date((iso + "-01").slice(0, 10) + "T00:00:00Z"), isMonth = iso.length === 7;
    return (isMonth ? "LLLL\u00a0y" : dates.pattern).replace(/EEEE|LLLL|MMMM|d|y/g, function (part) {
      return {
        EEEE: dates.days[day.getUTCDay()], LLLL: dates.alone[day.getUTCMonth()], MMMM: dates.named[day.getUTCMonth()],
        d: day.getUTCDate(), y: day.getUTCFullYear(),
      }[part];
    });
  }

  function filled(sentence, named) {
    return sentence.replace(/\{(\w+)\}/g, function (_all, name) { return named[name]; });
  }

  function ask(part) {
    var sheet = JSON.parse(doc.getElementById("sheet").textContent), words = sheet.words, plural = new Intl.PluralRules(sheet.language);
    var form = part.querySelector("form"), body = part.querySelector("[data-body]"), problems = part.querySelector("[data-problems]");
    // What stood in the boxes, by question; what it was as an answer; and for which name of a place it was asked which is meant.
    var typed = Object.create(null), answers = Object.create(null), askedPlace = Object.create(null);
    var at = -1, shown = "about", isChanging = false, isSaving = false, changed = {};
    // By its id the server stores it once, however often it is saved and sent.
    var id = offline.randomHex(), draw = crypto.getRandomValues(new Uint32Array(1))[0] % sheet.draws;

    function each(list, act) {
      Array.prototype.forEach.call(list, act);
    }

    function said(sentences, number, named) {
      return filled(sentences[plural.select(number)] || sentences.other || sentences.many, Object.assign({ num: number }, named));
    }

    function template(name) {
      return part.querySelector('template[data-is="' + name + '"]').content.cloneNode(true);
    }

    function show(name) {
      shown = name;
      ["about", "questions", "check", "saved", "failed"].forEach(function (one) {
        part.querySelector("[data-" + one + "]").hidden = one !== name;
      });
      // What is saved is not deleted by it.
      doc.querySelector(".app-kiosk__again").hidden = name === "saved";
      scrollTo(0, 0);
      var heading = part.querySelector("[data-" + name + "] h1");
      if (heading) {
        heading.setAttribute("tabindex", "-1");
        heading.focus({ preventScroll: true });
      }
    }

    function boxes(question) {
      return Array.prototype.filter.call(form.elements, function (box) {
        return box.nodeName !== "BUTTON" && (box.name === question.name || box.name.indexOf(question.name + "-") === 0);
      });
    }

    function isTicked(box) {
      return /^(radio|checkbox)$/.test(box.type);
    }

    // What stands in the boxes of a question: by their names, what is ticked or written.
    function read(question) {
      var found = {};
      boxes(question).forEach(function (box) {
        if (isTicked(box) && !box.checked) return;
        (found[box.name] = found[box.name] || []).push(box.value);
      });
      return found;
    }

    function fill(question, texts) {
      if (question.kind === "ranking") {
        (texts[question.name] || []).forEach(function (code) {
          body.querySelector('[name="' + question.name + '-press"][value="add ' + code + '"]').click();
        });
        return;
      }
      if (question.kind === "place") return fillPlace(question, answers[question.code]);
      boxes(question).forEach(function (box) {
        var mine = texts[box.name] || [];
        if (isTicked(box)) box.checked = mine.indexOf(box.value) >= 0;
        else box.value = mine[0] || "";
      });
    }

    // A place stands in its box by its name, unless that name alone does not tell it.
    function fillPlace(question, code) {
      if (!code) return;
      var list = body.querySelector('[name="' + question.name + '-chosen"]'), option = list.querySelector('option[value="' + code + '"]');
      if (find(option.textContent, sheet.places).sure === code) {
        body.querySelector('[name="' + question.name + '-named"]').value = option.textContent;
      } else {
        list.value = code;
        list.closest("details").open = true;
      }
    }

    // Options in the order of this person's draw; those that stand apart stay the last.
    function mix(drawn, question) {
      var items = question.shuffle.map(function (code) {
        var found = drawn.querySelector('li[data-code="' + code + '"], option[value="' + code + '"], input[value="' + code + '"]');
        return found.nodeName === "INPUT" ? found.parentNode : found;
      });
      if (!items.length) return;
      var list = items[0].parentNode, after = items[items.length - 1].nextSibling;
      order(items.length, draw).forEach(function (place, number) {
        list.insertBefore(items[place], after);
        if (items[place].hasAttribute("data-at")) items[place].setAttribute("data-at", number);
      });
    }

    function drawn(question, worded) {
      var made = template((question.grid ? "grid " + question.grid : "question " + question.code) + " " + worded);
      mix(made, question);
      return made;
    }

    // The answer that stands in the boxes, null where there is none; and what is wrong: [[box, sentence]].
    var judges = {
      one: function (question, box, wrong, texts) {
        return (texts[question.name] || [""])[0] || null;
      },
      several: function (question, box, wrong, texts) {
        var codes = texts[question.name] || [], over = codes.length - question.most, alone = sheet.alone[question.code];
        var lonely = codes.filter(function (code) { return Object.hasOwn(alone, code); })[0];
        if (lonely && codes.length > 1) wrong(box(""), alone[lonely]);
        if (question.most && over > 0) wrong(box(""), said(words.over, over, { most: question.most }));
        return codes.length ? codes : null;
      },
      ranking: function (question, box, wrong, texts) {
        return texts[question.name] || null;
      },
      number: function (question, box, wrong, texts) {
        var text = plain((texts[question.name] || [""])[0]);
        if (!text) return null;
        if (!isDigits(ourDigits(text))) wrong(box(""), words.digits);
        else if (isNaN(whole(text, question.least, question.most))) wrong(box(""), filled(words.range, question));
        return +ourDigits(text);
      },
      text: function (question, box, wrong) {
        var text = plain(box("").value), over = letters(text).length - question.limit;
        if (over > 0) wrong(box(""), said(words.long, over));
        return text || null;
      },
      date: function (question, box, wrong) {
        var parts = ["-year", "-month", "-day"].filter(box), dates = sheet.dates;
        var texts = parts.map(function (name) { return plain(box(name).value); });
        if (!texts.join("")) return null;
        var year = whole(texts[0], 1900, 9999), number = month(texts[1], dates), day = parts[2] ? whole(texts[2], 1, 31) : 1;
        if (isNaN(day)) wrong(box("-day"), words.day);
        if (isNaN(number)) wrong(box("-month"), words.month);
        if (isNaN(year)) wrong(box("-year"), words.year);
        if (isNaN(day + number + year)) return null;
        var iso = isoDay(year, number, day);
        if (!iso) {
          wrong(box("-day"), words.calendar);
          return null;
        }
        var now = new Date(), clock = isoDay(now.getFullYear(), now.getMonth() + 1, now.getDate());
        var found = parts[2] ? iso : iso.slice(0, 7), within = bounds(question, dates, clock);
        function refuse(sentence, other) {
          var apart = parts.filter(function (_part, place) { return found.split("-")[place] !== other.split("-")[place]; })[0];
          wrong(box(apart), filled(sentence, { day: inWords(other, dates) }));
        }

        if (within.last && found > within.last) {
          refuse(within.last === within.today ? (question.grain ? words.futureMonth : words.future) : words.late, within.last);
        } else if (within.first && found < within.first) refuse(words.early, within.first);
        return found;
      },
      place: function (question, box, wrong, texts) {
        var name = plain(box("-named").value), list = box("-chosen"), over = letters(name).length - sheet.places.longest;
        function isOffered(code) { return Boolean(list.querySelector('option[value="' + code + '"]')); }

        var found = find(name, sheet.places), near = found.near.filter(isOffered), sure = near.indexOf(found.sure) >= 0 && found.sure;
        var isAsking = Boolean(name) && askedPlace[question.code] === name && !sure;
        var which = isAsking ? (texts[question.name + "-near"] || [""])[0] : "", old = list.closest("fieldset").querySelector(".app-ask");
        var code = list.value || sure || (which !== "none" && which);
        if (old && !isAsking) old.remove();
        if (over > 0) wrong(box("-named"), said(words.long, over));
        else if (!name || code) return code || null;
        else if (!near.length) {
          list.closest("details").open = true;
          wrong(box("-named"), words.unknownPlace);
        } else if (which) wrong(box("-named"), words.noPlace);
        else if (isAsking) wrong(box("-near"), words.whichPlace);
        else {
          askedPlace[question.code] = name;
          wrong(askNear(question, near), "");
        }
        return null;
      },
    };

    function judge(question) {
      var wrongs = [], texts = read(question);
      function box(part) {
        return boxes(question).filter(function (one) { return one.name === question.name + part; })[0];
      }

      function wrong(where, why) { wrongs.push([where, why]); }

      return { answer: judges[question.kind](question, box, wrong, texts), wrongs: wrongs, typed: texts };
    }

    // Which of the places near a name is meant: asked once, under the name.
    function askNear(question, near) {
      var made = template("near " + question.code), last = made.querySelector(".govuk-radios__item"), divider = last.previousElementSibling;
      var list = body.querySelector('[name="' + question.name + '-chosen"]');
      near.forEach(function (code) {
        var item = last.cloneNode(true), input = item.querySelector("input"), label = item.querySelector("label");
        item.classList.remove("app-options__plain");
        input.value = code;
        input.id = label.htmlFor = question.name + "-near-" + code;
        label.textContent = list.querySelector('option[value="' + code + '"]').textContent;
        if (sheet.places.parishes[code]) {
          var hint = doc.createElement("div");
          hint.className = "govuk-hint govuk-radios__hint";
          hint.id = input.id + "-hint";
          hint.textContent = sheet.places.parishes[code];
          input.setAttribute("aria-describedby", hint.id);
          item.appendChild(hint);
        }
        divider.parentNode.insertBefore(item, divider);
      });
      list.closest("details").before(made);
      return list.closest("fieldset").querySelector(".app-ask");
    }

    function sayWrong(list) {
      var places = problems.querySelector("ul"), asks = list.filter(function (one) { return !one[1]; })[0];
      each(body.querySelectorAll(".govuk-error-message"), function (line) { line.remove(); });
      each(body.querySelectorAll(".govuk-form-group--error"), function (group) { group.classList.remove("govuk-form-group--error"); });
      each(body.querySelectorAll("[aria-invalid]"), function (box) {
        box.removeAttribute("aria-invalid");
        box.classList.remove("govuk-input--error", "govuk-textarea--error");
      });
      each(body.querySelectorAll("[data-described]"), function (one) {
        if (one.dataset.described) one.setAttribute("aria-describedby", one.dataset.described);
        else one.removeAttribute("aria-describedby");
      });
      places.textContent = "";
      list = list.filter(function (one) { return one[1]; });
      list.forEach(function (one) {
        var box = one[0], item = doc.createElement("li"), link = doc.createElement("a");
        link.href = "#" + box.id;
        link.textContent = one[1];
        // Not by the address: each part that is gone to would be a page for the tablet's Back.
        link.addEventListener("click", function (event) {
          event.preventDefault();
          box.focus();
        });
        item.appendChild(link);
        places.appendChild(item);
        var group = box.closest(".govuk-form-group"), line = template("wrong").firstElementChild, what = group.querySelector("fieldset") || box;
        line.querySelector("[data-why]").textContent = one[1];
        line.id = box.id + "-wrong";
        // Behind the question, its hint, and what else is wrong with it.
        var above = group.querySelector("legend, .govuk-label-wrapper, label");
        while (above.nextElementSibling.matches("div.govuk-hint, .govuk-error-message")) above = above.nextElementSibling;
        above.after(line);
        group.classList.add("govuk-form-group--error");
        if (!isTicked(box)) {
          box.setAttribute("aria-invalid", "true");
          box.classList.add(box.nodeName === "TEXTAREA" ? "govuk-textarea--error" : "govuk-input--error");
        }
        if (!("described" in what.dataset)) what.dataset.described = what.getAttribute("aria-describedby") || "";
        what.setAttribute("aria-describedby", ((what.getAttribute("aria-describedby") || "") + " " + line.id).trim());
      });
      problems.hidden = !list.length;
      if (list.length) {
        problems.focus({ preventScroll: true });
        problems.scrollIntoView();
      } else if (asks) asks[0].focus();
    }

    function page() {
      return asked(sheet, answers);
    }

    // The codes of what is answered and asked.
    function counting() {
      return [].concat.apply([], page().map(function (one) { return one[1]; })).map(function (one) {
        return one[0].code;
      }).filter(function (code) { return isAnswer(answers[code]); });
    }

    // What a changed answer took away or brought back, said at the top of the page that comes next.
    function sayChanged(section) {
      var place = section.querySelector("[data-changed]");
      place.textContent = "";
      ["dropped", "returned"].forEach(function (name) {
        var number = changed[name];
        if (!number) return;
        var made = part.querySelector('template[data-is="' + name + " " + plural.select(number) + '"]') ||
          part.querySelector('template[data-is="' + name + ' other"], template[data-is="' + name + ' many"]');
        var line = doc.createElement("div");
        line.innerHTML = filled(made.innerHTML, { num: number });
        place.appendChild(line);
      });
      changed = {};
    }

    function open(number) {
      var pages = page(), place = pages.findIndex(function (one) { return one[0] === number; }), mine = pages[place][1], groups = {};
      at = number;
      problems.hidden = true;
      body.textContent = "";
      body.appendChild(template("page " + number));
      mine.forEach(function (one) {
        var question = one[0];
        if (!question.grid || !groups[question.grid]) body.appendChild(drawn(question, one[1]));
        groups[question.grid] = true;
      });
      mine.forEach(function (one) {
        delete askedPlace[one[0].code];
        fill(one[0], typed[one[0].code] || {});
      });
      // As portal/surveys/services.py counts them.
      var more = sheet.pages[number].decides && place === pages.length - 1 ? sheet.pages.length - 1 - number : 0;
      var left = Math.max(1, Math.ceil(sheet.minutes * (pages.length - place) / pages.length));
      part.querySelector("[data-progress]").textContent = filled(words.progress, { number: place + 1, all: pages.length + more }) + " · " + said(words.minutes, left);
      part.querySelector("[data-skip]").textContent = mine.length > 1 ? words.skipPage : words.skip;
      var isWritten = mine.some(function (one) { return one[0].kind === "text"; });
      part.querySelector("[data-if-written]").hidden = !isWritten;
      part.querySelector("[data-if-ticked]").hidden = isWritten;
      sayChanged(part.querySelector("[data-questions]"));
      show("questions");
    }

    function keep(isSkipped) {
      var before = page(), counted = counting(), wrongs = [];
      var mine = before.filter(function (one) { return one[0] === at; })[0][1].map(function (one) { return one[0]; });
      var judged = mine.map(function (question) {
        return isSkipped ? { answer: null, wrongs: [], typed: {} } : judge(question);
      });
      judged.forEach(function (one) { wrongs = wrongs.concat(one.wrongs); });
      sayWrong(wrongs);
      if (wrongs.length) return;
      mine.forEach(function (question, place) {
        typed[question.code] = judged[place].typed;
        answers[question.code] = judged[place].answer;
      });
      var now = counting(), codes = mine.map(function (question) { return question.code; });
      function others(some, without) {
        return some.filter(function (code) { return without.indexOf(code) < 0 && codes.indexOf(code) < 0; }).length;
      }

      changed = { dropped: others(counted, now), returned: others(now, counted) };
      var known = before.map(function (one) { return one[0]; });
      var next = page().filter(function (one) { return one[0] > at && !(isChanging && known.indexOf(one[0]) >= 0); })[0];
      if (next) open(next[0]);
      else check();
    }

    function back() {
      if (isChanging && shown !== "check") return check();
      isChanging = false;
      var before = page().filter(function (one) { return at < 0 || one[0] < at; }).pop();
      if (before) open(before[0]);
      else show("about");
    }

    function wordsOf(question, made) {
      var answer = answers[question.code];
      if (!isAnswer(answer)) return "";
      if (question.kind === "text") return answer;
      if (question.kind === "number") return plain(typed[question.code][question.name][0]);
      if (question.kind === "date") return inWords(answer, sheet.dates);
      return given(answer).map(function (code) {
        var row = made.querySelector('li[data-code="' + code + '"] .app-ranking__text > span:last-child, option[value="' + code + '"]');
        return (row || made.querySelector('input[name="' + question.name + '"][value="' + code + '"] + label')).textContent.trim();
      }).join("\n");
    }

    // What is answered, under the titles of the pages, each with the way to change it.
    function check() {
      var list = part.querySelector("[data-list]"), answered = 0, all = 0, section = -1, rows;
      list.textContent = "";
      isChanging = true;
      page().forEach(function (one) {
        if (sheet.pages[one[0]].section !== section) {
          section = sheet.pages[one[0]].section;
          list.appendChild(template("section " + section));
          rows = list.lastElementChild;
        }
        one[1].forEach(function (pair) {
          var question = pair[0], row = template("row").firstElementChild, made = drawn(question, pair[1]);
          var label = made.getElementById(question.name + "-text") || made.querySelector("legend, label"), answer = wordsOf(question, made);
          row.querySelector("dt").textContent = label.textContent.trim();
          row.querySelector("[data-said]").textContent = answer || words.skipped;
          if (!answer) row.querySelector("[data-said]").className = "app-second";
          each(row.querySelectorAll("[data-which]"), function (place) { place.textContent = " " + label.textContent.trim(); });
          row.querySelector(answer ? "[data-answer]" : "[data-change]").remove();
          row.querySelector("button").addEventListener("click", function () { open(one[0]); });
          rows.appendChild(row);
          answered += answer ? 1 : 0;
          all += 1;
        });
      });
      at = -1;
      part.querySelector("[data-answered]").textContent = answered ? said(words.answered, answered, { all: all }) : "";
      part.querySelector("[data-some]").hidden = !answered;
      part.querySelector("[data-empty]").hidden = answered > 0;
      sayChanged(part.querySelector("[data-check]"));
      show("check");
    }

    // The fields of the form that the web would have sent.
    function asSent(question, answer) {
      var sent = {};
      if (question.kind === "date") {
        ["-year", "-month", "-day"].slice(0, answer.split("-").length).forEach(function (name, place) {
          sent[question.name + name] = [answer.split("-")[place]];
        });
      } else sent[question.name + (question.kind === "place" ? "-chosen" : "")] = given(answer);
      return sent;
    }

    async function save() {
      if (isSaving) return;
      isSaving = true;
      var fields = {};
      page().forEach(function (one) {
        one[1].forEach(function (pair) {
          if (isAnswer(answers[pair[0].code])) Object.assign(fields, asSent(pair[0], answers[pair[0].code]));
        });
      });
      function keepIt() { return offline.keepSealed(sheet, { id: id, draw: draw, fields: fields }); }

      try {
        // Where there is no room, what waits may be sent first.
        await keepIt().catch(function () { return offline.sendAll().then(keepIt); });
      } catch (_problem) {
        isSaving = false;
        return show("failed");
      }
      typed = Object.create(null);
      answers = Object.create(null);
      body.textContent = "";
      part.querySelector("[data-list]").textContent = "";
      show("saved");
      setTimeout(function () { location.replace(sheet.home); }, 20000);
      await offline.sendAll();
      part.querySelector("[data-count]").textContent = await offline.waiting();
      part.querySelector("[data-waits]").hidden = false;
    }

    function press(name, act) {
      each(part.querySelectorAll("[data-" + name + "]"), function (button) {
        button.addEventListener("click", act);
      });
    }

    // The tablet's own Back goes back a page of questions, and not out of the survey with all that was answered.
    function holdBack() {
      history.pushState("held", "");
    }

    addEventListener("popstate", function (event) {
      // To a part of this page, or from there.
      if (location.hash || event.state === "held") return;
      if (shown === "saved") return location.replace(sheet.home);
      if (shown === "about") return history.back();
      if (shown !== "failed") back();
      if (shown !== "about") holdBack();
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      event.stopPropagation();
      keep(false);
    });
    // Else it would press the first button of the form, which may be one of a ranking.
    form.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.target.nodeName !== "INPUT" || event.isComposing) return;
      event.preventDefault();
      keep(false);
    });
    press("start", function () {
      holdBack();
      open(page()[0][0]);
    });
    press("skip", function () { keep(true); });
    press("back", back);
    press("save", save);
    offline.fact("over").then(function (isOver) { if (isOver) location.replace(sheet.home); });
  }

  // The tests ask them about what Python answers.
  globalThis.sheet = { holds: holds, asked: asked, order: order, plain: plain, month: month, find: find, bounds: bounds, inWords: inWords };
  var part = doc.querySelector("[data-sheet]");
  if (part) ask(part);
})();
