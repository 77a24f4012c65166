"""Reports are found with the newest first without sorting all of them"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_report_newest", "report", [sa.text("received_on DESC"), "id"])
