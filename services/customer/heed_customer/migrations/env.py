"""Alembic's entry: the tables of this service and those of the platform."""

from importlib import import_module
from pkgutil import walk_packages

import heed_customer
from heed_common import encrypted_columns, migrations, tables
from heed_common.messages import tables as messages
from heed_customer.tables import Table

# A table is part of the metadata once its module is imported.
for module in walk_packages(heed_customer.__path__, "heed_customer."):
    if module.name.endswith(".tables"):
        import_module(module.name)

migrations.run([Table.metadata, tables.METADATA, messages.METADATA, encrypted_columns.METADATA])
