"""`heed backtest` as an operator runs it: on the published log, and on recorded purchases."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from heed import all_in_one, commands
from heed.settings import Settings
from heed_common.clock import FakeClock
from heed_common.database import Database
from heed_scoring import handlers
from tests.scoring.factories import NOON, as_batch, make_purchase, make_registration

CUSTOMERS = 12
DATABASE = "HEED_SCORING_DATABASE_URL"
UNTIL = (NOON - timedelta(days=60)).date().isoformat()


def backtest(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "heed", "backtest", *arguments]
    own = {name: value for name, value in os.environ.items() if not name.startswith("HEED_")} | environment
    return subprocess.run(command, env=own, capture_output=True, text=True, timeout=120, check=False)


async def open_shop(database: Database) -> None:
    """Each customer bought first long ago; every second one comes back sometimes, also after the day."""
    ids = [UUID(int=number) for number in range(1, CUSTOMERS + 1)]
    first = [make_purchase(customer, days_ago=200) for customer in ids]
    again = [make_purchase(customer, days_ago=days) for customer in ids[::2] for days in (150, 100, 70, 50, 10)]
    async with database.transaction() as session:
        events = [*map(make_registration, ids), *first, *again]
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(NOON))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that PostgreSQL's account can access when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="heed-backtest-"))
    folder.chmod(0o755)
    yield folder / ".heed"
    shutil.rmtree(folder)


@pytest.mark.slow
def test_a_backtest_of_the_published_sample_prints_text():
    result = backtest("--cdnow", "--sample", "--penalty", "0")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Learned until 1997-09-30, held against the 273 days until 1998-06-30\n")
    (quality,) = [line.split() for line in result.stdout.splitlines() if line.startswith("mbg_nbd ") and "%" in line]
    assert quality[1:6] == ["0.7728", "0.7601", "0.1614", "1.6072", "1,577"]
    assert "r 0.52484  alpha 6.18308  a 0.89136  b 1.61400  log-likelihood -9,582.1357" in result.stdout


@pytest.mark.slow
def test_a_backtest_prints_json_and_takes_another_day():
    result = json.loads(backtest("--sample", "--json", "--until", "1997-12-31", "--days", "90").stdout)
    assert (result["source"], result["until"], result["days"]) == ("cdnow-sample", "1997-12-31", 90)
    forecasts = {model["model"]: model["auc_by_purchases"] for model in result["models"]}
    assert forecasts.pop("logistic") is forecasts.pop("calibrated") is None
    assert set(forecasts) == {"bg_nbd", "mbg_nbd", "pareto_nbd", "same_as_before"}
    assert all(auc > 0.7 for auc in forecasts.values())


@pytest.mark.slow
def test_a_backtest_reads_the_embedded_database_of_a_running_product(data_dir):
    async def run() -> "subprocess.CompletedProcess[str]":
        async with all_in_one.running_or_temporary_cluster(Settings(data_dir=data_dir)) as cluster:
            database = Database(cluster.url("scoring"), pool_size=2)
            await open_shop(database)
            await database.close()
            arguments = ("--json", "--until", UNTIL, "--days", "60")
            return await asyncio.to_thread(backtest, *arguments, HEED_DATA_DIR=str(data_dir))

    found = asyncio.run(run())
    assert (found.returncode, found.stderr) == (0, "")
    result = json.loads(found.stdout)
    assert (result["source"], result["customers"], result["repeaters"]) == ("ledger", CUSTOMERS, CUSTOMERS // 2)
    assert (result["came_back"], result["purchases"], result["amount"]) == (CUSTOMERS // 2, CUSTOMERS, CUSTOMERS * 40)
    assert [model["auc_by_purchases"] for model in result["models"]] == [1.0] * 4 + [None] * 2
    assert result["remarks"]


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_backtest_reads_the_database_of_the_environment_or_fails_with_a_reason(databases):
    name = await databases.clone("heed_scoring")
    url = databases.url(name)
    empty = await asyncio.to_thread(backtest, **{DATABASE: url})
    assert (empty.returncode, empty.stdout) == (1, "")
    assert empty.stderr == "There is no purchase by that day.\n"
    database = Database(url, pool_size=2)
    await open_shop(database)
    await database.close()
    result = await asyncio.to_thread(backtest, "--days", "30", **{DATABASE: url})
    assert result.stdout.startswith("Learned until 2026-01-21, held against the 30 days until 2026-02-20\n")
    await databases.drop(name)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("--cdnow", "--until", "1998-06-01", "--days", "60"), 1, "60 days after 1998-06-01 are not over"),
        (("--cdnow", "--until", "1996-06-01"), 1, "There is no purchase by that day."),
        (("--sample", "--until", "1998-06-30"), 1, "The holdout must have at least one day."),
        (("--sample", "--until", "9999-12-31", "--days", "3650"), 1, "are not over"),
        (("--sample", "--penalty", "-1"), 1, "The penalty is a finite number"),
        (("--days", "0"), 2, "from 1 to 3650"),
        (("--days", "many"), 2, "invalid"),
        (("--until", "yesterday"), 2, "a day is written YYYY-MM-DD"),
    ],
)
def test_an_impossible_backtest_is_rejected_with_the_reason(arguments, code, reason, monkeypatch, capsys):
    for name in [name for name in os.environ if name.startswith("HEED_")]:
        monkeypatch.delenv(name)
    try:
        status = commands.main(["backtest", *arguments])
    except SystemExit as refused:  # of the parser
        status = refused.code
    printed = capsys.readouterr()
    assert (status, printed.out) == (code, "")
    assert reason in printed.err
