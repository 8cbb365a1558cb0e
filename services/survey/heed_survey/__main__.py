"""`python -m heed_survey api | worker | migrate | openapi | replay | new-key | rotate-keys`."""

from functools import partial

from heed_common import cli
from heed_survey.app import create_app
from heed_survey.commands import COMMANDS, ENCRYPTED
from heed_survey.customers.frame.replay import command
from heed_survey.settings import Settings
from heed_survey.worker import GROUP, create_worker

REPLAY = cli.ExtraCommand(command.HELP, command.add_options, partial(command.run, group=GROUP))

raise SystemExit(
    cli.run(
        Settings,
        create_app=create_app,
        create_worker=create_worker,
        migrations="heed_survey",
        extra_commands={"replay": REPLAY, **COMMANDS},
        encrypted=ENCRYPTED,
    )
)
