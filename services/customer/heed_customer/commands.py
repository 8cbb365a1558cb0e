"""Encrypted values of the customer service, and the commands about their keys: `new-key`, `rotate-keys`."""

from collections.abc import Mapping

from heed_common.cli import ExtraCommand
from heed_common.key_commands import Rotations, key_commands
from heed_common.messages import contents
from heed_customer.accounts.sensitive_fields import rotation as sensitive_fields
from heed_customer.reach.consents import rotation as consents
from heed_customer.reach.contacts import rotation as contacts
from heed_customer.subscriptions.endpoints import signing as webhooks

ENCRYPTED = contents.COLUMNS
"""Columns that were plain in an earlier version: the command that migrates encrypts them."""
ROTATIONS: Rotations = {
    "contacts": contacts.ROTATION,
    "consents": consents.ROTATION,
    "sensitive_fields": sensitive_fields.ROTATION,
    "webhooks": webhooks.SECRETS.rotation(),
    "pending_messages": contents.PENDING.rotation(),
    "sent_messages": contents.SENT.rotation(),
}
"""Every table with values that the keys encrypt."""
COMMANDS: Mapping[str, ExtraCommand] = key_commands(ROTATIONS)
