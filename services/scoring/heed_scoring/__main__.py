"""`python -m heed_scoring api | worker | migrate | openapi | replay`."""

from heed_common import cli
from heed_scoring.app import create_app
from heed_scoring.rebuild import command
from heed_scoring.settings import Settings
from heed_scoring.worker import create_worker

raise SystemExit(
    cli.run(
        Settings,
        create_app=create_app,
        create_worker=create_worker,
        migrations="heed_scoring",
        extra_commands={"replay": cli.ExtraCommand(command.HELP, command.add_options, command.run)},
    )
)
