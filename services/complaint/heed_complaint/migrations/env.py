"""Alembic's entry: the tables of this service and those of the platform."""

from heed_common import migrations, tables
from heed_complaint.acceptance import tables as acceptance
from heed_complaint.answers import tables as answers
from heed_complaint.articles import tables as articles
from heed_complaint.catalogue import tables as catalogue
from heed_complaint.corrections import tables as corrections
from heed_complaint.customers import tables as customers
from heed_complaint.desk import tables as desk
from heed_complaint.groups import tables as groups
from heed_complaint.guarantees import tables as guarantees
from heed_complaint.handling import tables as handling
from heed_complaint.intake import tables as intake
from heed_complaint.messages import tables as messages
from heed_complaint.organisation import tables as organisation
from heed_complaint.playbooks import tables as playbooks
from heed_complaint.promises import tables as promises
from heed_complaint.queue import tables as queue
from heed_complaint.remedies import tables as remedies
from heed_complaint.sla import tables as clocks
from heed_complaint.sla.agreements import tables as agreements
from heed_complaint.sla.calendars import tables as calendars
from heed_complaint.sla.changes import tables as changes
from heed_complaint.sla.policies import tables as policies
from heed_complaint.tables import Table

OF_FEATURES = (
    acceptance,
    agreements,
    answers,
    articles,
    calendars,
    catalogue,
    changes,
    clocks,
    corrections,
    customers,
    desk,
    groups,
    guarantees,
    handling,
    intake,
    messages,
    organisation,
    playbooks,
    policies,
    promises,
    queue,
    remedies,
)
"""Imported so that their tables are known here."""

migrations.run([Table.metadata, tables.METADATA])
