"""HTTP API of the survey service."""

from fastapi import FastAPI

from heed_common import http
from heed_common.messages.api import template_router
from heed_common.resources import Resources
from heed_survey.actions.care_tasks import api as care_tasks
from heed_survey.actions.improvements import api as improvements
from heed_survey.actions.policies import api as policies
from heed_survey.analysis import api as analysis
from heed_survey.analysis import dependencies as analyses
from heed_survey.call_backs import api as call_backs
from heed_survey.collection.drop_off import api as drop_off
from heed_survey.collection.imports import api as imports
from heed_survey.collection.open_links import api as open_links
from heed_survey.collection.web_form import api as web_form
from heed_survey.collection.web_form import dependencies as form_access
from heed_survey.invitations.batches import api as batches
from heed_survey.invitations.delivery.texts import TEMPLATES
from heed_survey.invitations.outcomes import api as outcomes
from heed_survey.invitations.triggers import api as triggers
from heed_survey.reactions import REACTIONS
from heed_survey.reporting.reports import api as reports
from heed_survey.reporting.results_page import api as results_page
from heed_survey.responses import api as responses
from heed_survey.responses.bulk import grouped_posts as response_posts
from heed_survey.sampling.quotas import api as quotas
from heed_survey.sampling.samples import api as samples
from heed_survey.settings import Settings
from heed_survey.surveys import api as surveys
from heed_survey.surveys.lifecycle import api as lifecycle
from heed_survey.surveys.templates import api as templates
from heed_survey.surveys.wording import api as wording

TEMPLATE_ROUTER = template_router("/v1/surveys/message-templates", TEMPLATES)


def create_app(settings: Settings, resources: Resources) -> FastAPI:
    """Return the application with the routes of all features. Raises `SettingsError` without keys of contacts."""
    resources.database.reactions, resources.database.cipher = REACTIONS, settings.field_cipher()
    app = http.create_app(settings, resources, title="Heed surveys")
    app.state.cipher = resources.database.cipher
    # Before the surveys, whose ids have the same position in a path.
    app.include_router(call_backs.router)
    app.include_router(templates.router)
    app.include_router(samples.router)
    app.include_router(care_tasks.router)
    app.include_router(TEMPLATE_ROUTER)
    app.include_router(surveys.router)
    app.include_router(lifecycle.router)
    app.include_router(wording.router)
    app.include_router(responses.router)
    response_posts.install(app, settings, resources)
    app.include_router(imports.router)
    app.include_router(quotas.router)
    app.include_router(policies.router)
    app.include_router(improvements.router)
    analyses.install(app, settings)
    app.include_router(analysis.router)
    app.include_router(reports.router)
    app.include_router(results_page.router)
    app.include_router(open_links.router)
    app.include_router(drop_off.router)
    form_access.install(app, settings)
    app.include_router(web_form.router)
    app.include_router(batches.router)
    app.include_router(outcomes.router)
    app.include_router(triggers.router)
    return app
