"""Alembic's way into this service's tables."""

from heed_common import migrations, tables
from heed_scoring.tables import Table

migrations.run([Table.metadata, tables.METADATA])
