"""Encrypted values of the survey service, and the commands about their keys: `new-key`, `rotate-keys`."""

from collections.abc import Mapping

from heed_common.cli import ExtraCommand
from heed_common.key_commands import Rotations, key_commands
from heed_common.messages import contents
from heed_survey.collection.imports import content as imports
from heed_survey.responses.anonymous import content as pool

ENCRYPTED = contents.COLUMNS
"""Columns that were plain in an earlier version: the command that migrates encrypts them."""
ROTATIONS: Rotations = {
    "pending_messages": contents.PENDING.rotation(),
    "sent_messages": contents.SENT.rotation(),
    "anonymous_responses": pool.COLUMN.rotation(),
    "response_imports": imports.COLUMN.rotation(),
}
"""Every column with values that the keys encrypt."""
COMMANDS: Mapping[str, ExtraCommand] = key_commands(ROTATIONS)
