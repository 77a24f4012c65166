"""A meeting of the MARAC that was moved or cancelled, and a quarter's figures as they were counted when it was over"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("marac_meeting", sa.Column("cancelled_on", sa.Date(), nullable=True))
    op.create_table(
        "marac_meeting_change",
        sa.Column("meeting_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("was_on", sa.Date(), nullable=False),
        sa.Column("was_at", sa.String(length=5), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.Column("changed_by", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"],
            ["marac_meeting.id"],
            name=op.f("fk_marac_meeting_change_meeting_id_marac_meeting"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["staff_member.id"], name=op.f("fk_marac_meeting_change_changed_by_staff_member")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "number", name=op.f("pk_marac_meeting_change")),
    )
    op.create_table(
        "marac_quarter",
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.Column("told", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_marac_quarter")),
    )
