"""Language and way of reports as counts that outlive them, and what was done in a quarter as it was published"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

INCIDENTS = ("hate", "asb", "not_sure")


def upgrade() -> None:
    op.create_table(
        "published_activity",
        sa.Column("quarter", sa.String(length=6), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=80), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_published_activity")),
    )
    _count_kept_reports()


def _count_kept_reports() -> None:
    """Until now these were counted over the reports themselves; from now on a deletion changes no figure."""
    report = sa.table("report", *map(sa.column, ("kind", "language", "source")), sa.column("received_on", sa.Date))
    count = sa.table(
        "report_count",
        sa.column("month", sa.Date),
        *map(sa.column, ("place_group", "question", "answer", "times")),
    )
    times: dict[tuple[object, str, str], int] = {}
    db = op.get_bind()
    keys = (report.c.received_on, report.c.language, report.c.source)
    rows = sa.select(*keys, sa.func.count()).where(report.c.kind.in_(INCIDENTS)).group_by(*keys)
    for day, language, source, number in db.execute(rows):
        for question, answer in (("language", language), ("source", source)):
            key = (day.replace(day=1), question, answer)
            times[key] = times.get(key, 0) + number
    if times:
        db.execute(
            sa.insert(count),
            [
                {"month": month, "place_group": "everywhere", "question": question, "answer": answer, "times": number}
                for (month, question, answer), number in sorted(times.items(), key=str)
            ],
        )
