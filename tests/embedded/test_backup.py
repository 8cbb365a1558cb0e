"""Backup of the running embedded product and its restore: a consistent snapshot, or no change at all."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from heed.backups import archive, product
from heed.backups.archive import BackupRefused, NotABackup
from heed.gateway import SERVICES
from heed.postgres_server import Cluster, ClusterError
from heed.settings import Settings
from heed_common.clock import SystemClock
from tests.databases import temporary_folder
from tests.e2e.product import EmbeddedProduct

pytestmark = [pytest.mark.slow, pytest.mark.alone]
MAKE_EPOCH = "CREATE TABLE outbox_epoch (epoch integer NOT NULL); INSERT INTO outbox_epoch VALUES (0)"
MAKE_VERSION = "CREATE TABLE alembic_version AS SELECT '0001' AS version_num"
KILLED = """
import os, signal, sys
from pathlib import Path
from heed.backups import product
from heed.settings import load
from heed_common.clock import SystemClock
steps, nth = ("os.rename", "shutil.copytree", "shutil.rmtree"), int(sys.argv[1])
settings = load()
def count(event, arguments):
    global nth
    if event in steps:
        nth -= 1
        if nth == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
product.restore(settings, Path(sys.argv[2]), now=SystemClock().now())
"""
"""Kills itself at the nth operation on complete folders and final names, as at a power failure."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as path:
        path.chmod(0o755)
        inner = path / "product"
        inner.mkdir(mode=0o755)
        yield inner


@pytest.fixture
def settings(folder: Path) -> Settings:
    """Data of a product: the tables that a backup reads, and a table with the time of the backup."""
    settings = Settings.load(data_dir=folder / ".heed")
    with Cluster(settings.data_dir / "postgres") as cluster:
        for name in (*SERVICES, "log"):
            cluster.create_database(name)
            cluster.query(MAKE_EPOCH + ";" + MAKE_VERSION, database=name)
    _write(settings, "before")
    return settings


def _write(settings: Settings, moment: str) -> None:
    with Cluster(settings.data_dir / "postgres") as cluster:
        cluster.query(f"DROP TABLE IF EXISTS moment; CREATE TABLE moment AS SELECT '{moment}' AS name", database="log")


def _read(settings: Settings) -> tuple[str, int]:
    with Cluster(settings.data_dir / "postgres") as cluster:
        return (
            cluster.query("SELECT name FROM moment", database="log"),
            int(cluster.query("SELECT epoch FROM outbox_epoch", database="complaint")),
        )


def _now():
    return SystemClock().now()


def documented_steps(folder: Path) -> dict[str, list[str]]:
    """The commands of the guide by their first word, with the backup in the folder."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "restore.md").read_text()
    section = page.split("\n## ")[1]
    assert section.startswith("All of the embedded product")
    lines = re.findall(r"^\$ python -m heed (.+)$", section, re.MULTILINE)
    assert [line.split()[0] for line in lines] == ["backup", "restore", "up", "doctor"]
    steps = (line.replace("backups/2026-11-29", str(folder / "backup")).split() for line in lines)
    return {step[0]: step for step in steps}


def test_a_backup_of_the_running_product_is_a_consistent_snapshot(folder):
    running, steps = EmbeddedProduct(), documented_steps(folder)
    try:
        running.start()
        with httpx.Client(
            base_url=running.base_url, headers={"Authorization": f"Bearer {running.token}"}, timeout=60
        ) as http:
            ana = http.post("/v1/customers", json={"kind": "individual", "name": "Ana"}).json()["id"]
            running.command(*steps["backup"])
            bo = http.post("/v1/customers", json={"kind": "individual", "name": "Bo"}).json()["id"]
            refused = running.run(*steps["restore"])
            assert refused.returncode == 1
            assert "another process uses the data" in refused.stderr
        assert running.stop() == 0
        running.command(*steps["restore"])
        running.start()
        assert "problem" not in running.command(*steps["doctor"])
        with httpx.Client(
            base_url=running.base_url, headers={"Authorization": f"Bearer {running.token}"}, timeout=60
        ) as http:
            assert http.get(f"/v1/customers/{ana}").status_code == 200
            assert http.get(f"/v1/customers/{bo}").status_code == 404
            event = http.post("/v1/customers", json={"kind": "individual", "name": "Cy"}).headers["Heed-Event"]
            assert http.get(f"/v1/scores/{ana}?after={event}", headers={"Prefer": "wait=20"}).status_code == 200
        lines = running.command("events", "tail", "--no-follow", "--type", "customer.registered").splitlines()
        epochs = {json.loads(line)["subject"]: json.loads(line)["aggversion"] >> 32 for line in lines}
        assert sorted(epochs.values()) == [0, 1]
        assert epochs[ana] == 0
    finally:
        running.remove()


def test_each_restore_has_epochs_of_its_own(settings, folder):
    product.back_up(settings, folder / "backup", now=_now())
    _write(settings, "after")
    product.restore(settings, folder / "backup", now=_now())
    assert _read(settings) == ("before", 1)
    product.restore(settings, folder / "backup", now=_now())
    assert _read(settings) == ("before", 2)


@pytest.mark.repeated
def test_a_restore_killed_at_any_point_can_be_repeated(settings, folder):
    product.back_up(settings, folder / "backup", now=_now())
    _write(settings, "after")
    environment = os.environ | {"HEED_DATA_DIR": str(settings.data_dir)}
    data = settings.data_dir / "postgres" / "data"
    original, nth, killed, seen = data.stat().st_ino, 1, True, set()
    while killed:
        command = [sys.executable, "-c", KILLED, str(nth), str(folder / "backup")]
        done = subprocess.run(command, env=environment, capture_output=True, check=False)
        killed = done.returncode == -signal.SIGKILL
        assert killed or done.returncode == 0, done.stderr
        if not data.exists():
            seen.add("neither")
            with pytest.raises(ClusterError, match="run the same `heed restore` again"):
                _read(settings)
        else:
            seen.add("untouched" if data.stat().st_ino == original else "restored")
        nth += 1
    assert nth > 6
    assert seen == {"untouched", "neither", "restored"}
    assert _read(settings)[0] == "before"
    # The replaced data are stored until an operator deletes them.
    assert original in {each.stat().st_ino for each in data.parent.glob("data.before-*")}


def test_a_damaged_or_unfinished_backup_is_rejected_and_changes_nothing(settings, folder):
    product.back_up(settings, folder / "backup", now=_now())
    _write(settings, "after")
    with pytest.raises(BackupRefused, match="exists already"):
        product.back_up(settings, folder / "backup", now=_now())
    (folder / "empty").mkdir()
    with pytest.raises(NotABackup, match="no readable"):
        product.restore(settings, folder / "empty", now=_now())
    with (folder / "backup" / "postgres" / "PG_VERSION").open("a") as file:
        file.write(" ")
    with pytest.raises(NotABackup, match="missing or damaged"):
        product.restore(settings, folder / "backup", now=_now())
    assert _read(settings) == ("after", 0)


def test_a_backup_fails_if_data_are_outside_the_embedded_postgresql(settings, folder, monkeypatch):
    monkeypatch.setenv("HEED_COMPLAINT_DATABASE_URL", "postgresql://elsewhere/complaint")
    with pytest.raises(BackupRefused, match="HEED_COMPLAINT_DATABASE_URL"):
        product.back_up(settings, folder / "backup", now=_now())


def test_a_failed_backup_leaves_nothing_that_looks_like_one(folder):
    with suppress(OSError), archive.begun(folder / "backup") as unfinished:
        (unfinished / "file").touch()
        raise OSError("the disk is full")
    assert list(folder.iterdir()) == []
