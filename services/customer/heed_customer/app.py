"""HTTP API of the customer service."""

from fastapi import FastAPI

from heed_common import http
from heed_common.messages.api import template_router
from heed_common.resources import Resources
from heed_customer.accounts.classification import api as classification
from heed_customer.accounts.ownership import api as ownership
from heed_customer.accounts.profiles import api as profiles
from heed_customer.accounts.sensitive_fields import api as sensitive_fields
from heed_customer.accounts.sensitive_fields.service import find_identified
from heed_customer.commerce.interactions import api as interactions
from heed_customer.commerce.interactions import grouped_posts as interaction_posts
from heed_customer.commerce.purchases import api as purchases
from heed_customer.commerce.purchases import grouped_posts as purchase_posts
from heed_customer.commerce.returns import api as returns
from heed_customer.commerce.returns import grouped_posts as return_posts
from heed_customer.commerce.service_points import api as service_points
from heed_customer.commitments.needs import api as needs
from heed_customer.commitments.promises import api as promises
from heed_customer.commitments.quotes import api as quotes
from heed_customer.imports import api as imports
from heed_customer.reach.consents import api as consents
from heed_customer.reach.contacts import api as contacts
from heed_customer.reach.permits import api as permits
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.preferences import api as preferences
from heed_customer.reach.preferences import dependencies as preference_access
from heed_customer.reach.verification import api as verification
from heed_customer.reach.verification.texts import TEMPLATES
from heed_customer.reactions import REACTIONS
from heed_customer.records.customers import api as customers
from heed_customer.records.merges import api as merges
from heed_customer.records.relations import api as relations
from heed_customer.records.relations.service import belong_together
from heed_customer.records.tags import api as tags
from heed_customer.search.customers import api as customer_list
from heed_customer.search.lookup import api as lookup
from heed_customer.settings import Settings
from heed_customer.subscriptions.delivery import api as webhook_deliveries
from heed_customer.subscriptions.endpoints import api as webhooks
from heed_customer.subscriptions.events import api as events
from heed_customer.timeline import api as timeline
from heed_customer.timeline.touchpoints import api as touchpoints

TEMPLATE_ROUTER = template_router("/v1/messages/templates", TEMPLATES)


def create_app(settings: Settings, resources: Resources) -> FastAPI:
    """Return the application with the routes of all features. Raises `SettingsError` without keys of contacts."""
    resources.database.reactions, resources.database.cipher = REACTIONS, settings.field_cipher()
    app = http.create_app(settings, resources, title="Heed customers")
    app.state.cipher = resources.database.cipher
    app.state.find_identified = find_identified
    app.state.belong_together = belong_together
    app.include_router(service_points.router)
    app.include_router(promises.all_router)
    app.include_router(customers.router)
    app.include_router(customer_list.router)
    app.include_router(merges.router)
    app.include_router(consents.router)
    app.include_router(lookup.router)
    app.include_router(contacts.router)
    app.include_router(verification.router)
    app.state.contact_policy = ContactPolicy.from_settings(settings)
    app.include_router(permits.router)
    app.include_router(permits.log_router)
    app.include_router(TEMPLATE_ROUTER)
    preference_access.install(app, settings)
    app.include_router(preferences.router)
    app.include_router(relations.router)
    app.include_router(tags.router)
    app.include_router(profiles.router)
    app.include_router(sensitive_fields.router)
    app.include_router(ownership.router)
    app.include_router(classification.router)
    app.include_router(classification.rules_router)
    app.include_router(promises.router)
    app.include_router(quotes.router)
    app.include_router(needs.router)
    app.include_router(returns.all_router)
    app.include_router(purchases.router)
    purchase_posts.install(app, settings, resources)
    app.include_router(returns.router)
    return_posts.install(app, settings, resources)
    app.include_router(interactions.router)
    interaction_posts.install(app, settings, resources)
    app.include_router(imports.router)
    app.include_router(timeline.router)
    app.include_router(touchpoints.router)
    webhooks.install(app, settings)
    app.include_router(webhook_deliveries.router)
    events.install(app, settings, resources)
    return app
