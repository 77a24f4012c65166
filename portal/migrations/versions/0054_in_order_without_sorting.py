"""Reports are found with the newest first, and a wave's responses in order, without sorting all of them"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_report_newest", "report", [sa.text("received_on DESC"), "id"])
    op.create_index("ix_survey_response_wave_id_id", "survey_response", ["wave_id", "id"])
    op.drop_index("ix_survey_response_wave_id", "survey_response")
