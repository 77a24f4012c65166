"""What may not be torn over two lines on a page: a word in the heading of a table, a date, a time."""

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
_DATE = r"\d{1,2}[\s\u2060]+\p{L}+[,،]?[\s\u2060]+20\d\d|\d{1,2} [\s\u2060]*\d{1,2} [\s\u2060]*20\d\d|\d{1,2}:\d\d"


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
