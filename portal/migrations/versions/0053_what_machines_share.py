"""Several machines share the key of the hour's limits, what was published last and who is the worker"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Unlogged: neither PostgreSQL's log nor a replica ever holds a key, and after a crash the table is empty.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "limit_key",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hour", name="pk_limit_key"),
        prefixes=[] if is_sqlite else ["UNLOGGED"],
    )
    op.create_table(
        "shared_sign",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_shared_sign"),
    )
