"""What a forked process of a test finds imported: the product with its four services."""

import pytest  # noqa: F401 - the main module of a run, which multiprocessing imports in each of its processes

import heed.commands
import heed.doctor.command
import heed.replay  # noqa: F401
import heed_common.cli
import heed_common.tracing.export  # noqa: F401 - that of processes with a collector
from heed.services import import_services

import_services(workers=True)
