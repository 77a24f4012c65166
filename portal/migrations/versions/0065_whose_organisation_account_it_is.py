"""Whether someone showed with their own code that the account of the organisation that was linked to them is theirs"""

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of those that are linked nobody knows by whom: each types a code once.
    with op.batch_alter_table("organisation_account") as table:
        table.add_column(sa.Column("is_theirs", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("organisation_account") as table:
        table.drop_column("is_theirs")
