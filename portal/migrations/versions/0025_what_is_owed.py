"""What is owed is read from an index"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_clock_owed", "clock", ["met_on", "ended_on", "report_id", "paused_on", "due_on"])
