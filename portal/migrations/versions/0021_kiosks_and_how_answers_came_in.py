"""How each answer to a survey came in, tablets as kiosks, and the keys to which they seal without a line"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STORED = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    # All that was answered until now came by the web.
    op.add_column("survey_response", sa.Column("mode", sa.String(length=40), nullable=False, server_default="web"))
    op.create_table(
        "kiosk",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("languages", STORED, nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pin", sa.LargeBinary(), nullable=False),
        sa.Column("wrong_pins", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_kiosk_wave_id_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk")),
        sa.UniqueConstraint("wave_id", "number", name=op.f("uq_kiosk_wave_id")),
        sa.UniqueConstraint("ticket", name=op.f("uq_kiosk_ticket")),
    )
    op.create_table(
        "offline_key",
        sa.Column("wave_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"], name=op.f("fk_offline_key_wave_id_wave")),
        sa.PrimaryKeyConstraint("wave_id", name=op.f("pk_offline_key")),
    )
