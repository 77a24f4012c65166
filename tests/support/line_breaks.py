"""What may not be torn or turned about in the lines of a page: a word in a heading, a date, a reference; how close lines stand."""

from __future__ import annotations

from playwright.sync_api import Page

# A phone, a larger one, a desk at 200% and a desk.
WIDTHS = (320, 390, 640, 1280)
# By the rectangles of the words themselves, whatever made them break.
_TORN = r"""([within, pattern]) => {
  const torn = [];
  for (const element of document.querySelectorAll(within)) {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    for (let text; text = texts.nextNode();) {
      if (text.parentElement.closest('script, textarea, option')) continue;
      for (const found of text.data.matchAll(new RegExp(pattern, 'gu'))) {
        const range = document.createRange();
        range.setStart(text, found.index);
        range.setEnd(text, found.index + found[0].length);
        const boxes = [...range.getClientRects()].filter(box => box.width > 1);
        if (boxes.some(box => box.top >= boxes[0].bottom - 1 || box.bottom <= boxes[0].top + 1)) torn.push(found[0]);
      }
    }
  }
  return [...new Set(torn)];
}"""
_WORD = r"[\p{L}\p{M}\p{N}]+"
_DATE = r"\d{1,2}[\s\u2060]+\p{L}+[,،]?[\s\u2060]+20\d\d|\d{1,2} [\s\u2060]*\d{1,2} [\s\u2060]*20\d\d|\b20\d\d\b|\d{1,2}:\d\d"
# Of a reference the first digit stands left of its letter, on the same line, in whatever script the line is.
_TURNED = r"""() => {
  const turned = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; text = texts.nextNode();) {
    if (text.parentElement.closest('script, textarea, option, .govuk-visually-hidden')) continue;
    for (const found of text.data.matchAll(/\d{3}-\d{4}-[A-Y]/g)) {
      const [first, last] = [found.index, found.index + found[0].length - 1].map(at => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        return range.getBoundingClientRect();
      });
      if (first.width && (last.left <= first.left || last.top >= first.bottom)) turned.push(found[0]);
    }
  }
  return [...new Set(turned)];
}"""
# Lines of Nastaliq run into each other where one begins less than one and a half times the size of its letters below another.
_TIGHT = r"""() => {
  const tight = [];
  const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let text; text = texts.nextNode();) {
    if (!/[\u0600-\u06ff]/.test(text.data) || text.parentElement.closest('script, textarea, option')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const tops = [...new Set([...range.getClientRects()].filter(box => box.width > 1).map(box => Math.round(box.top)))];
    const size = parseFloat(getComputedStyle(text.parentElement).fontSize);
    if (tops.some((top, at) => at && top - tops[at - 1] > 2 && top - tops[at - 1] < 1.6 * size)) tight.push(text.data.trim().slice(0, 60));
  }
  return tight;
}"""


def broken_headings(page: Page, widths: tuple[int, ...] = WIDTHS) -> list[str]:
    """The words in headings of tables that stand on two lines, at each of these widths; all that folds is open."""
    if not page.locator("table").count():
        return []
    size, torn = page.viewport_size, []
    assert size
    for width in widths:
        page.set_viewport_size({"width": width, "height": size["height"]})
        torn += [f"at {width} px the heading “{word}” is torn" for word in page.evaluate(_TORN, ["th", _WORD])]
    page.set_viewport_size(size)
    return torn


def broken_dates(page: Page) -> list[str]:
    """The dates with a year, and the times, that stand on two lines."""
    return [f"the date “{date}” is torn" for date in page.evaluate(_TORN, ["body", _DATE])]


def turned_references(page: Page) -> list[str]:
    """The references whose groups stand on two lines, or in another order than they are read in."""
    return [f"the reference “{one}” is torn or turned about" for one in page.evaluate(_TURNED)]


def tight_lines(page: Page) -> list[str]:
    """The texts in Urdu whose lines stand too close."""
    return [f"the lines of “{words}” run into each other" for words in page.evaluate(_TIGHT)]
