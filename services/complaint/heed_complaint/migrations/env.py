"""Alembic's entry: the tables of this service and those of the platform."""

from heed_common import migrations, tables
from heed_complaint.core.customers import tables as customers
from heed_complaint.core.tables import Table
from heed_complaint.feedback.callback_answers import tables as answers
from heed_complaint.grouping import tables as groups
from heed_complaint.intake.acceptance import tables as acceptance
from heed_complaint.intake.help_articles import tables as articles
from heed_complaint.intake.web_form import tables as intake
from heed_complaint.reference.organisation import tables as organisation
from heed_complaint.reference.service_catalogue import tables as catalogue
from heed_complaint.reporting.corrective_actions import tables as corrections
from heed_complaint.resolution.checklists import tables as handling
from heed_complaint.resolution.guarantees import tables as guarantees
from heed_complaint.resolution.messages import tables as messages
from heed_complaint.resolution.playbooks import tables as playbooks
from heed_complaint.resolution.promises import tables as promises
from heed_complaint.resolution.remedies import tables as remedies
from heed_complaint.sla import tables as clocks
from heed_complaint.sla.terms.agreements import tables as agreements
from heed_complaint.sla.terms.calendars import tables as calendars
from heed_complaint.sla.terms.policies import tables as policies
from heed_complaint.sla.terms.revisions import tables as changes
from heed_complaint.workforce.assignment import tables as assignment
from heed_complaint.workforce.priority_queue import tables as queue
from heed_complaint.workforce.staff import tables as staff

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
    assignment,
    staff,
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
