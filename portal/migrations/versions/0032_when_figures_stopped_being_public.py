"""When figures stopped being public, and what tablets sent that was none of the answers there are"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("release", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("wave", sa.Column("tablet_parts_left_out", sa.Integer(), server_default="0", nullable=False))
