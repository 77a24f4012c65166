"""Events that come again: their rule, and a row for each time"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("rule", sa.String(length=80), server_default="", nullable=False))
    op.add_column("event", sa.Column("last_date", sa.Date(), nullable=True))
    op.create_table(
        "event_occurrence",
        sa.Column("event_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_event_occurrence_event_id_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "starts_at", name=op.f("pk_event_occurrence")),
    )
    op.create_index(op.f("ix_event_occurrence_ends_at"), "event_occurrence", ["ends_at"])
    op.execute(
        "INSERT INTO event_occurrence (event_id, starts_at, ends_at, is_cancelled) "
        "SELECT id, starts_at, ends_at, false FROM event"
    )
