"""HTTP API of the complaint service."""

from fastapi import FastAPI

from heed_common import http
from heed_common.messages.api import template_router
from heed_common.resources import Resources
from heed_complaint.core import visibility_guard as confidentiality
from heed_complaint.correspondence.templates.catalogue import TEMPLATES
from heed_complaint.grouping.duplicates import api as duplicates
from heed_complaint.grouping.incidents import api as incidents
from heed_complaint.grouping.splits import api as splits
from heed_complaint.intake.email import api as mails
from heed_complaint.intake.email.ignored_mails import api as ignored_mails
from heed_complaint.intake.help_articles import api as articles
from heed_complaint.intake.imports import api as imports
from heed_complaint.intake.public_access import dependencies as public_access
from heed_complaint.intake.status_links import api as status
from heed_complaint.intake.submissions import api as contacts
from heed_complaint.intake.web_form import api as intake
from heed_complaint.lifecycle.acceptance import api as acceptance
from heed_complaint.lifecycle.backdated_pauses import api as pauses
from heed_complaint.lifecycle.merges import api as merges
from heed_complaint.lifecycle.messages import api as messages
from heed_complaint.lifecycle.notifications import api as message_policy
from heed_complaint.lifecycle.opening import api as complaints
from heed_complaint.lifecycle.repeats import api as repeats
from heed_complaint.lifecycle.transitions import api as moves
from heed_complaint.reactions import REACTIONS
from heed_complaint.reference.service_catalogue import api as catalogue
from heed_complaint.reference.taxonomies import api as taxonomies
from heed_complaint.reporting.corrective_actions import api as corrections
from heed_complaint.reporting.reports import api as reports
from heed_complaint.resolution.callback_answers import api as answers
from heed_complaint.resolution.checklists import api as handling
from heed_complaint.resolution.guarantees import api as guarantees
from heed_complaint.resolution.playbooks import api as playbooks
from heed_complaint.resolution.remedies import api as remedies
from heed_complaint.settings import Settings
from heed_complaint.sla.api import agreements, calendars, policies
from heed_complaint.sla.api import deadlines as sla
from heed_complaint.sla.promises import api as promises
from heed_complaint.workforce.assignment import api as desk
from heed_complaint.workforce.capacity import api as capacity
from heed_complaint.workforce.priority_queue import api as queue
from heed_complaint.workforce.staff import api as roster

TEMPLATE_ROUTER = template_router("/v1/complaints/message-templates", TEMPLATES)


def create_app(settings: Settings, resources: Resources) -> FastAPI:
    """Build the HTTP API; the order of the routers is the order in which paths are matched.

    Raises `SettingsError` without keys of contacts.
    """
    resources.database.reactions, resources.database.cipher = REACTIONS, settings.field_cipher()
    app = http.create_app(settings, resources, title="Heed complaints")
    app.state.cipher = resources.database.cipher
    confidentiality.install(app)
    app.include_router(roster.router)
    app.include_router(desk.router)
    app.include_router(queue.router)
    app.include_router(capacity.router)
    app.include_router(catalogue.router)
    app.include_router(reports.router)
    app.include_router(repeats.router)
    app.include_router(answers.router)
    app.include_router(message_policy.router)
    app.include_router(TEMPLATE_ROUTER)
    app.include_router(incidents.router)
    app.include_router(corrections.router)
    app.include_router(complaints.router)
    app.include_router(merges.router)
    app.include_router(splits.router)
    app.include_router(duplicates.router)
    app.include_router(moves.router)
    app.include_router(pauses.router)
    app.include_router(promises.router)
    app.include_router(playbooks.router)
    app.include_router(handling.router)
    app.include_router(remedies.router)
    app.include_router(guarantees.router)
    app.include_router(guarantees.complaint_router)
    app.include_router(sla.router)
    app.include_router(calendars.router)
    app.include_router(policies.router)
    app.include_router(agreements.router)
    app.include_router(taxonomies.router)
    app.include_router(messages.router)
    app.include_router(acceptance.router)
    app.include_router(articles.public_router)
    app.include_router(articles.router)
    public_access.install(app, settings)
    app.include_router(intake.router)
    app.include_router(contacts.router)
    app.include_router(status.router)
    app.include_router(status.staff_router)
    app.include_router(imports.router)
    app.include_router(mails.router)
    app.include_router(ignored_mails.router)
    return app
