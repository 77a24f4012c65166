"""How far the answers of a wave that was closed are packed"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wave_packing",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("last", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["wave_id"], ["wave.id"], name=op.f("fk_wave_packing_wave_id_wave"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_wave_packing")),
    )
