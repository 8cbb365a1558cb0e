"""Alembic's entry: the tables of this service and those of the platform."""

from heed_common import migrations, tables
from heed_complaint.customers import tables as customers
from heed_complaint.desk import tables as desk
from heed_complaint.groups import tables as groups
from heed_complaint.promises import tables as promises
from heed_complaint.tables import Table

OF_FEATURES = (customers, desk, groups, promises)
"""Imported so that their tables are known here."""

migrations.run([Table.metadata, tables.METADATA])
