"""Encrypted values of the complaint service, and the commands about their keys: `new-key`, `rotate-keys`."""

from collections.abc import Mapping

from heed_common.cli import ExtraCommand
from heed_common.key_commands import Rotations, key_commands
from heed_common.messages import contents
from heed_complaint.core.contacts import content as contacts
from heed_complaint.intake.email import content as ignored_mails
from heed_complaint.lifecycle.messages import content as messages
from heed_complaint.lifecycle.notifications import reply_key

ENCRYPTED = (*contents.COLUMNS, messages.COLUMN, contacts.COLUMN, ignored_mails.COLUMN)
"""Columns that were plain in an earlier version: the command that migrates encrypts them."""
ROTATIONS: Rotations = {
    "pending_messages": contents.PENDING.rotation(),
    "sent_messages": contents.SENT.rotation(),
    "messages": messages.COLUMN.rotation(),
    "contacts": contacts.COLUMN.rotation(),
    "ignored_mails": ignored_mails.COLUMN.rotation(),
    "reply_key": reply_key.COLUMN.rotation(),
}
"""Every column with values that the keys encrypt."""
COMMANDS: Mapping[str, ExtraCommand] = key_commands(ROTATIONS)
