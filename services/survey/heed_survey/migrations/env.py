"""Alembic's entry: the tables of this service and those of the platform."""

from heed_common import encrypted_columns, migrations, tables
from heed_common.messages import tables as messages
from heed_survey.call_backs import tables as call_backs
from heed_survey.collection.imports import tables as imports
from heed_survey.customers import tables as customers
from heed_survey.invitations.batches import tables as batches
from heed_survey.invitations.links import tables as links
from heed_survey.invitations.records import tables as invitations
from heed_survey.invitations.triggers import tables as triggers
from heed_survey.responses import tables as responses
from heed_survey.responses.anonymous import tables as anonymous
from heed_survey.surveys import tables as surveys
from heed_survey.tables import Table

TABLES = (surveys, responses, anonymous, imports, call_backs, customers, links, invitations, batches, triggers)
"""Imported so that their tables are in the metadata."""

migrations.run([Table.metadata, tables.METADATA, messages.METADATA, encrypted_columns.METADATA])
