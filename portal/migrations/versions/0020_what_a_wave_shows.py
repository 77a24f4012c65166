"""How a survey is answered as counts, and what staff may see of an open wave"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wave_count",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("of", sa.String(length=40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_count_wave_id_wave"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wave_id", "what", "of", name=op.f("pk_wave_count")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "wave_look",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("shown", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_wave_look_wave_id_wave"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wave_id", "part", name=op.f("pk_wave_look")),
        sqlite_with_rowid=False,
    )
