"""`python -m heed_complaint api | worker | migrate | openapi | new-key | rotate-keys`."""

from heed_common import cli
from heed_complaint.app import create_app
from heed_complaint.commands import COMMANDS, ENCRYPTED
from heed_complaint.settings import Settings
from heed_complaint.worker import create_worker

raise SystemExit(
    cli.run(
        Settings,
        create_app=create_app,
        create_worker=create_worker,
        migrations="heed_complaint",
        extra_commands=COMMANDS,
        encrypted=ENCRYPTED,
    )
)
