"""A team's key can be changed"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: on SQLite that makes the table anew, and the grants that point to the old one forbid dropping it.
    op.add_column("keyholder", sa.Column("retired_from", sa.String(length=40), nullable=True))
    op.add_column("keyholder", sa.Column("exposed_at", sa.DateTime(timezone=True), nullable=True))
