"""`python -m heed_customer api | worker | migrate | openapi | replay | new-key | rotate-keys`."""

from heed_common import cli
from heed_customer.app import create_app
from heed_customer.commands import COMMANDS, ENCRYPTED
from heed_customer.settings import Settings
from heed_customer.timeline.replay import command
from heed_customer.worker import create_worker

REPLAY = cli.ExtraCommand(command.HELP, command.add_options, command.run)

raise SystemExit(
    cli.run(
        Settings,
        create_app=create_app,
        create_worker=create_worker,
        migrations="heed_customer",
        extra_commands={"replay": REPLAY, **COMMANDS},
        encrypted=ENCRYPTED,
    )
)
