"""The newest words of events are kept as a search reads them: to work that out for all of them at each search takes seconds"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0057"
branch_labels = None
depends_on = None

SAME = str.maketrans(
    {"ł": "l", "đ": "d", "ø": "o", "ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "ه": "ہ", "ة": "ہ", "ھ": "ہ"}
)
WORDS = sa.table(
    "event_words",
    sa.column("id", sa.LargeBinary),
    sa.column("event_id", sa.LargeBinary),
    sa.column("language", sa.String),
    sa.column("version", sa.Integer),
    sa.column("translates", sa.Integer),
    sa.column("title", sa.Text),
    sa.column("typed", sa.Text),
    sa.column("searched", sa.Text),
)


def folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(SAME)
    return "".join(one for one in apart if not unicodedata.combining(one) and unicodedata.category(one) != "Cf")


def upgrade() -> None:
    op.add_column("event_words", sa.Column("searched", sa.Text(), server_default="", nullable=False))
    db = op.get_bind()
    asked = sa.select(
        WORDS.c.event_id, WORDS.c.id, WORDS.c.language, WORDS.c.translates, WORDS.c.title, WORDS.c.typed
    ).order_by(WORDS.c.event_id, WORDS.c.version)
    newest: dict[bytes, dict[str, tuple[bytes, str]]] = {}
    originals: dict[bytes, tuple[str, bytes, str]] = {}
    for event_id, words_id, language, translates, title, typed in db.execute(asked):
        said = words_id, f"{folded(title)}\n{folded(typed)}"
        if translates is None:
            originals[event_id] = language, *said
        else:
            newest.setdefault(event_id, {})[language] = said
    for event_id, (language, words_id, text) in originals.items():
        shown = [(words_id, text), *(said for code, said in newest.get(event_id, {}).items() if code != language)]
        for words_id, text in shown:
            db.execute(sa.update(WORDS).where(WORDS.c.id == words_id).values(searched=text))
