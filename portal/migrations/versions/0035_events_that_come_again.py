"""Events that come again: their rule, and a row for each time"""

from datetime import UTC
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None

LOCAL_TIME = ZoneInfo("Europe/London")
MOMENTS = ("starts_at", "ends_at")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("event", sa.Column("rule", sa.String(length=80), server_default="", nullable=False))
    op.add_column("event", sa.Column("last_date", sa.Date(), nullable=True))
    op.create_table(
        "event_occurrence",
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_occurrence_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "planned_on", name=op.f("pk_event_occurrence")),
    )
    for name in ("starts_at", "ends_at"):
        op.create_index(op.f(f"ix_event_occurrence_{name}"), "event_occurrence", [name])
    db = op.get_bind()
    event = sa.table("event", sa.column("id"), *(sa.column(name, MOMENT) for name in MOMENTS))
    occurrence = sa.table(
        "event_occurrence",
        *(sa.column(name) for name in ("event_id", "planned_on", "is_cancelled")),
        *(sa.column(name, MOMENT) for name in MOMENTS),
    )
    for row in db.execute(sa.select(event)).all():
        # SQLite forgets that it is UTC.
        day = (
            (row.starts_at if row.starts_at.tzinfo else row.starts_at.replace(tzinfo=UTC)).astimezone(LOCAL_TIME).date()
        )
        db.execute(
            occurrence.insert().values(
                event_id=row.id, planned_on=day, starts_at=row.starts_at, ends_at=row.ends_at, is_cancelled=False
            )
        )
