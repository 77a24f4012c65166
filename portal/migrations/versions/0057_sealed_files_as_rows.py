"""Several machines on one PostgreSQL share sealed files, large exports and the list of what was deleted, as rows"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for chunks, of in (("evidence_chunk", "evidence_file"), ("export_chunk", "export_job")):
        op.create_table(
            chunks,
            sa.Column("file_id", sa.LargeBinary(16), nullable=False),
            sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("sealed", sa.LargeBinary(), nullable=False),
            sa.PrimaryKeyConstraint("file_id", "number", name=f"pk_{chunks}"),
            sa.ForeignKeyConstraint(["file_id"], [f"{of}.id"], name=f"fk_{chunks}_file_id_{of}", ondelete="CASCADE"),
            sqlite_with_rowid=False,
        )
        if op.get_bind().dialect.name != "sqlite":
            # What is sealed does not become smaller: to try would cost more than to write it.
            op.execute(f"ALTER TABLE {chunks} ALTER COLUMN sealed SET STORAGE EXTERNAL")
    op.create_table(
        "listed_deletion",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listed_deletion"),
        sqlite_with_rowid=False,
    )
