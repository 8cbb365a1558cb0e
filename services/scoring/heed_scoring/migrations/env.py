"""Alembic's way into this service's tables."""

from heed_common import migrations, tables
from heed_scoring.insights.holdouts.tables import Holdout

migrations.run([Holdout.metadata, tables.METADATA])  # One for all tables of scoring, of which these are the last.
