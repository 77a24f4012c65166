"""What people ask before they come: what kind of event, for whom, how to book, food, online, a place for those who ask"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

LIST = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("event", sa.Column("kind", sa.String(length=40), nullable=True))
    for name in ("for_whom", "priorities", "awareness"):
        op.add_column("event", sa.Column(name, LIST, server_default="[]", nullable=False))
    for name, length in (("booking", 200), ("food", 120), ("online_link", 400)):
        op.add_column("event", sa.Column(name, sa.String(length=length), server_default="", nullable=False))
    for name in ("is_online", "is_place_on_request"):
        op.add_column("event", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("event", sa.Column("help_until", sa.Integer(), server_default="7", nullable=False))
