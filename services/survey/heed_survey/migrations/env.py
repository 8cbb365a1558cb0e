"""Alembic's entry: the tables of this service and those of the platform."""

from heed_common import migrations, tables
from heed_survey.tables import Table

migrations.run([Table.metadata, tables.METADATA])
