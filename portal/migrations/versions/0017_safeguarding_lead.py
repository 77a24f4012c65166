"""Who agreed to a version of a survey that children answer"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: on SQLite that makes the table anew, and dropping the old one would take its parts with it.
    op.add_column(
        "survey_version", sa.Column("safeguarding_lead", sa.String(length=80), nullable=False, server_default="")
    )
