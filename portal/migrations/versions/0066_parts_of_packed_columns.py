"""A wave that is being packed keeps its batches apart until the last one: each used to write all columns anew"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "packed_part",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("after", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=60), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_packed_part_wave_id_wave"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("wave_id", "after", "question", name=op.f("pk_packed_part")),
    )
    # A wave that is being packed begins again: its answers are all still there.
    op.execute("DELETE FROM answer_column WHERE wave_id IN (SELECT wave_id FROM wave_packing)")
    op.execute("UPDATE wave_packing SET done = 0, last = NULL")
