"""One date of an event may be moved and be elsewhere; an event may end after so many times"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("times", sa.Integer(), nullable=True))
    op.add_column("event_occurrence", sa.Column("moved_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event_occurrence", sa.Column("venue", sa.String(length=120), server_default="", nullable=False))
    op.add_column("event_occurrence", sa.Column("address", sa.String(length=200), server_default="", nullable=False))
