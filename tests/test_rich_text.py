"""What an editor types becomes safe HTML: nothing in it runs, hides, leads within the portal or breaks the page around it."""

from __future__ import annotations

import re
import time
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.text import MAX_MARKS, MAX_NESTING, one_line, plain, rich, unmarked

ALLOWED = {"a", "br", "em", "li", "ol", "p", "strong", "ul"}
# From the OWASP and html5sec lists: what has run somewhere once.
ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<iframe src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='jAvAsCrIpT:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x01;javascript:alert(1)'>x</a>",
    "<a href=' \u00a0javascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='//evil.example'>x</a>",
    "<a href='/staff/sign-out'>x</a>",
    "<a href='?x'>x</a>",
    "<a href='http:javascript:alert(1)'>x</a>",
    "<a href=https://ok.example onclick=alert(1) style='position:fixed' target=_top rel=opener>x</a>",
    "<p style='background:url(javascript:alert(1))' class=app-exit id=main>x",
    "<form action=https://evil.example><input name=password><button>Sign in</form>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example>",
    "<style>@import 'https://evil.example'</style>",
    "<object data=x><embed src=x>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "</p></div></main></body></html><script>alert(1)</script>",
    "<p title='</p><script>alert(1)</script>'>",
    "<template><script>alert(1)</script></template>",
    "<title><a title='</title><img src onerror=alert(1)>'>",
    "\u202egnp.exe",
    "{{ config }} {% raw %}",
]


class Checked(HTMLParser):
    """Fails on what may not be there, and on a tag that is left open or closed twice."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, html

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        if tag != "a":
            assert not attrs
        else:
            given = dict(attrs)
            assert given.keys() == {"href", "rel"}
            assert given["rel"] == "noopener noreferrer nofollow"
            assert str(given["href"]).lower().startswith(("http://", "https://", "mailto:")), given
            self.links.append(str(given["href"]))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_has_run_somewhere_runs_here(attack: str) -> None:
    for typed in (attack, f"Come at ten.\n\n- tea\n- {attack}\n\nBye", f"<p>{attack}</p>", f"<strong>{attack}"):
        html = rich(typed)
        Checked(html)
        for word in ("javascript:", "data:text", "vbscript:", "\u202e"):
            assert f'href="{word}' not in html.lower()
        assert "\u202e" not in html


pieces = st.sampled_from(
    [*ATTACKS, "<p>", "</p>", "<ul><li>", "</ul>", "<a href='", "'>", "<", ">", "&", "&lt;", "&#", "\n", "\n\n", "- ",
     "https://example.org/a?b=c&d=(e)", "someone@example.org", "<strong>", "</em>", "\x00", "\ud800", "\u2028", "ہے"]
)  # fmt: skip


@given(st.lists(pieces | st.text(max_size=12), max_size=12).map("".join))
@example("<a href=https://a.example><a href=https://b.example>")
@example("<" * 300)
def test_whatever_is_typed_comes_out_safe_and_whole(typed: str) -> None:
    html = rich(typed)
    Checked(html)
    assert "\x00" not in html
    assert "<" not in unmarked(html) or "&lt;" in html


@given(st.lists(pieces | st.text(max_size=12), max_size=8).map("".join))
def test_what_is_clean_stays_as_it_is(typed: str) -> None:
    html = rich(typed)
    assert Checked(rich(html)).links == Checked(html).links


@pytest.mark.parametrize(
    ("typed", "html", "text"),
    [
        ("One.\nTwo.\n\nThree.", "<p>One.<br>Two.</p>\n<p>Three.</p>", "One.\nTwo.\n\nThree."),
        ("Bring:\n- tea\n- a cup\nThanks.", "<p>Bring:</p>\n<ul><li>tea</li><li>a cup</li></ul>\n<p>Thanks.</p>",
         "Bring:\n\n• tea\n• a cup\n\nThanks."),
        ("<p>Bold <strong>words</strong></p><script>alert(1)</script>", "<p>Bold <strong>words</strong></p>", "Bold words"),
        ("5 < 6 & 7 > 6", "<p>5 &lt; 6 &amp; 7 &gt; 6</p>", "5 < 6 & 7 > 6"),
        ("<li>one</li>\n<li>two</li>", "<ul><li>one</li><li>two</li></ul>", "• one\n• two"),
        ("<div><h2>Hello</h2></div>", "<p>Hello</p>", "Hello"),
        ("Jo <jo@a> or <to be said>", "<p>Jo &lt;jo@a&gt; or &lt;to be said&gt;</p>", "Jo <jo@a> or <to be said>"),
        ("<name>, <title>, <b>", "<p>&lt;name&gt;, &lt;title&gt;, &lt;b&gt;</p>", "<name>, <title>, <b>"),
        ("&lt; is written &amp;lt;", "<p>&amp;lt; is written &amp;amp;lt;</p>", "&lt; is written &amp;lt;"),
        ("<p>1 &lt; 2, <why ask></p>", "<p>1 &lt; 2, &lt;why ask&gt;</p>", "1 < 2, <why ask>"),
        ("<!-- no --> yes", "<p>&lt;!-- no --&gt; yes</p>", "<!-- no --> yes"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_paragraphs_lists_and_pasted_html_look_as_they_were_meant(typed: str, html: str, text: str) -> None:
    assert rich(typed) == html
    assert unmarked(html) == text


def test_addresses_become_links_and_their_address_is_not_lost_where_no_link_is_shown() -> None:
    html = rich("See example.org, <a href='https://long.example/way'>the map</a> or ask a@example.org.")
    assert Checked(html).links == ["http://example.org", "https://long.example/way", "mailto:a@example.org"]
    assert unmarked(html) == "See example.org, the map (https://long.example/way) or ask a@example.org."


BRACKETS = "Write to Jo Test <jo.test@example.org> or see <https://example.org/plan>.\nRoom <to be said>; bring £3."


def test_words_in_angle_brackets_are_words_and_the_addresses_in_them_links() -> None:
    html = rich(BRACKETS)
    assert Checked(html).links == ["mailto:jo.test@example.org", "https://example.org/plan"]
    assert "Room &lt;to be said&gt;; bring £3." in html
    assert unmarked(html) == BRACKETS


class Shown(HTMLParser):
    """What a reader sees of HTML, without spaces; a list's points are drawn."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.text += "•" if tag == "li" else ""

    def handle_data(self, data: str) -> None:
        self.text += "".join(data.split())


# No HTML element is called anything that these letters spell.
typed_words = st.sampled_from(
    ["<to be said>", "<zyx@zyx.example>", "<https://zyx.example/>", "<xyz>", "</xyz", "&lt;", "\n"]
)


@given(st.lists(typed_words | st.text("xyz <>&;#!/-=\"'é\n😀ہ", max_size=8), max_size=10).map(" ".join))
@example("<!x> <?x?> <!-- x -->")
@example("<xyz> </xyz >")
@example("<x y='")
def test_every_character_of_plain_text_can_be_seen_on_the_page_and_in_a_calendar(typed: str) -> None:
    html = rich(typed)
    points = re.sub(r"(?m)^\s*-(?=[^\S\n])", "•", plain(typed))
    seen = "".join(points.split()).replace("•", "")
    assert Shown(html).text.replace("•", "") == seen
    assert "".join(unmarked(html).split()).replace("•", "") == seen


INVISIBLE = (
    [" ", "\n", "\u00a0", "\u2003", "\u2800", "\u3164", "\u115f", "\u1160", "\uffa0", "\u200b", "\u200d", "\u2060", "\ufeff",
     "\u00ad", "\u034f", "\u061c", "\u180e", "\u17b4", "\u0301", "\u20e3", "\u093f", "\ufe0f", "\u202e", "\U000e0041",
     "\U000e0100", "\u2064", "\u2065", "\ufff0", "\ufffc", "\x00", "\ud800", "\U00013441"]
)  # fmt: skip
SCRIPTS = ["a", "ہے", "ک", "হি", "हि", "ਪੰ", "த", "ไทย", "中", "あ", "한", "ᄒ", "אָ", "ע", "አ", "Ж", "ქ", "7", "۷", "!", "😀", "🇵🇱", "1️⃣", "👩‍👧", "؀", "\ue000"]  # fmt: skip


@given(st.lists(st.sampled_from(INVISIBLE), max_size=20).map("".join))
@example("".join(INVISIBLE))
def test_what_nobody_can_see_is_nothing(typed: str) -> None:
    assert plain(typed) == ""


@pytest.mark.parametrize("word", SCRIPTS)
@given(st.lists(st.sampled_from(INVISIBLE), max_size=3).map("".join))
def test_a_word_of_any_script_is_something_whatever_stands_around_it(word: str, around: str) -> None:
    assert plain(around + word + around) != ""


def test_every_letter_number_mark_of_punctuation_and_sign_is_something_but_the_known_blanks() -> None:
    drawn = [letter for letter in map(chr, range(0x110000)) if unicodedata.category(letter)[0] in "LNPS"]
    blank = set("\u115f\u1160\u2800\u3164\uffa0\ufffc\U00013441\U00013442\U0001d159")
    assert {letter for letter in drawn if not plain(letter)} == blank.intersection(drawn)


def test_a_title_is_one_line() -> None:
    assert one_line(" A\r\n title\twith \u202eturned\u202c  words\x00 ") == "A title with turned words"


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("Come <template>at ten.\n\nBring tea.", "<p>Come &lt;template&gt;at ten.</p>\n<p>Bring tea.</p>"),
        ("Come <script at ten", "<p>Come &lt;script at ten</p>"),
        ("One <style>two</style> three <title>four", "<p>One  three &lt;title&gt;four</p>"),
        ("One <template>two <script>three</script> four</template> five", "<p>One  five</p>"),
        ("One </template> two", "<p>One &lt;/template&gt; two</p>"),
    ],
)
def test_words_after_a_tag_that_is_never_closed_stay(typed: str, html: str) -> None:
    assert rich(typed) == html


def test_words_in_lists_that_are_too_deep_stay() -> None:
    html = rich("".join(f"<ul><li>word{number} " for number in range(60)) + 60 * "</li></ul>")
    Checked(html)
    assert html.count("<ul>") == MAX_NESTING // 2
    assert all(f"word{number}" in html for number in range(60))


def test_a_list_of_many_points_that_are_not_closed_stays_a_list() -> None:
    html = rich("<ul>" + "".join(f"<li>point {number}" for number in range(60)) + "</ul><p>After <em>all</em></p>")
    assert html.count("<li>") == 60
    assert html.endswith("<p>After <em>all</em></p>")


LENGTH = 20_000
# What a parser or a pattern looks through again and again: tags within tags, tags that close nothing, one endless word.
HOSTILE = [
    "<ul><li>", "<em>", "<a href=x>", "<p><em>", "<em></p>", "<ul></em>", "<p><b></p>", "</p>", "<svg><math>",
    "<table><tr><td>", "<script>", "<p a=b ", "a.b", "a@", "<ul><li>word ", "<em>x</p>",
]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_the_work_is_bounded_whatever_is_pasted(part: str) -> None:
    """Twenty thousand characters took seconds. An editor's page is no stranger's, so a quarter of one is enough."""
    text = (part * LENGTH)[:LENGTH]
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        rich(text)
        best = min(best, time.process_time() - begun)
    assert best < 0.25


def test_tags_that_are_all_different_are_not_opened_again_and_again() -> None:
    text = "".join(f"<p><em a={number}></p>" for number in range(1_000))
    begun = time.process_time()
    rich(text)
    assert time.process_time() - begun < 0.25


def test_no_more_marks_stand_on_a_letter_than_any_language_has() -> None:
    assert plain("e\u0301 ş̇ क्षि") == "é ş̇ क्षि"
    for marks in ("\u0301\u0316", "\u0301\u0316\u202e", "\u0f73", "\U0001d165\U0001d16d"):
        begun = time.process_time()
        text = plain("a" + marks * 60_000 + "b")
        assert time.process_time() - begun < 0.2
        assert len(text) <= 2 * MAX_MARKS + 2
        assert text.endswith("b")


@given(st.text(st.characters(exclude_categories=["Mn", "Me", "Mc", "Cs"])))
def test_text_without_such_marks_is_what_it_was(typed: str) -> None:
    assert plain(typed) == plain(plain(typed))
