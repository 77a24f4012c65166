"""Of a case review under a legal hold the list says since when and by whom, as of a report"""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case_review", sa.Column("kept_since", sa.Date(), nullable=True))
    op.add_column("case_review", sa.Column("kept_by", sa.String(length=80), server_default="", nullable=False))
