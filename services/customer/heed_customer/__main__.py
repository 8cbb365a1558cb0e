"""`python -m heed_customer api | worker | migrate | openapi`."""

from heed_common import main
from heed_customer.app import create_app
from heed_customer.settings import Settings
from heed_customer.worker import create_worker

raise SystemExit(main.run(Settings, create_app=create_app, create_worker=create_worker, migrations="heed_customer"))
