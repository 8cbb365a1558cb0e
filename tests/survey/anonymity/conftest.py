"""A mail server, respondents' browsers, and an attacker who has the database server."""

import pytest

from heed.postgres_server import Cluster
from heed_common.database import Database
from tests.survey.anonymity.attacker import Attacker
from tests.survey.collection.conftest import anonymous
from tests.survey.invitations.conftest import mailing, server

__all__ = ["anonymous", "mailing", "server"]


@pytest.fixture
def attacker(survey_database: Database, cluster: Cluster) -> Attacker:
    return Attacker(survey_database, cluster)
