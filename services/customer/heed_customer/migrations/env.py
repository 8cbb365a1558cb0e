"""Alembic's entry: the tables of this service and those of the platform."""

from heed_common import migrations, tables
from heed_common.messages import tables as messages
from heed_customer.accounts.classification import tables as classification
from heed_customer.accounts.ownership import tables as ownership
from heed_customer.accounts.profiles import tables as profiles
from heed_customer.commerce.interactions import tables as interactions
from heed_customer.commerce.purchases import tables as purchases
from heed_customer.commerce.returns import tables as returns
from heed_customer.commitments.needs import tables as needs
from heed_customer.commitments.promises import tables as promises
from heed_customer.commitments.quotes import tables as quotes
from heed_customer.imports import tables as imports
from heed_customer.reach.consents import tables as consents
from heed_customer.reach.permits import tables as permits
from heed_customer.reach.preferences import tables as preferences
from heed_customer.read_models.complaints import tables as complaints
from heed_customer.read_models.scores import tables as scores
from heed_customer.records.customers import tables as customers
from heed_customer.records.relations import tables as relations
from heed_customer.records.tags import tables as tags
from heed_customer.tables import Table
from heed_customer.timeline import tables as timeline

TABLES = (
    *(customers, relations, tags, purchases, returns, interactions, imports, complaints, scores, timeline),
    *(promises, quotes, needs, profiles, ownership, classification),
    *(consents, permits, preferences),
)
"""Imported so that their tables are in the metadata."""

migrations.run([Table.metadata, tables.METADATA, messages.METADATA])
