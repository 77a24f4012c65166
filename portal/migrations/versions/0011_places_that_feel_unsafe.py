"""Places that feel unsafe, as counts"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unsafe_place_count",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "place", "question", "answer", name=op.f("pk_unsafe_place_count")),
        sqlite_with_rowid=False,
    )
