"""The embedded PostgreSQL: it needs no installation, changes nothing outside its folder, and loses nothing."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from heed.postgres_server import Cluster, ClusterError
from tests.databases import temporary_folder

pytestmark = [pytest.mark.slow, pytest.mark.alone]
STARTED_AND_KILLED = """
import sys, time
from pathlib import Path
from heed.postgres_server import Cluster
cluster = Cluster(Path(sys.argv[1]))
cluster.start()
print(cluster.url("postgres"), flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder below one that every account may enter, as home directories usually are."""
    with temporary_folder() as path:
        path.chmod(0o755)
        yield path / "postgres"


def _server_pid(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def _databases(cluster: Cluster) -> set[str]:
    """Return the created databases, without PostgreSQL's own."""

    async def names() -> set[str]:
        connection = await asyncpg.connect(cluster.url("postgres"))
        try:
            return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        finally:
            await connection.close()

    return asyncio.run(names()) - {"postgres", "template0", "template1"}


@pytest.mark.asyncio
async def test_data_survive_a_stop_and_a_start(folder):
    for number in (1, 2):
        with Cluster(folder) as cluster:
            cluster.create_database("customer")
            connection = await asyncpg.connect(cluster.url("customer"))
            await connection.execute("CREATE TABLE IF NOT EXISTS kept (id serial)")
            await connection.execute("INSERT INTO kept DEFAULT VALUES")
            assert await connection.fetchval("SELECT count(*) FROM kept") == number
            assert await connection.fetchval("SHOW fsync") == "on"
            assert await connection.fetchval("SHOW listen_addresses") == ""
            await connection.close()


def test_a_second_process_on_the_same_data_fails_with_a_reason(folder):
    with Cluster(folder), pytest.raises(ClusterError, match="another process uses the data"):
        Cluster(folder).start()


def test_the_server_of_a_killed_process_is_taken_over_and_stopped(folder):
    with subprocess.Popen([sys.executable, "-c", STARTED_AND_KILLED, folder], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.kill()
    orphan = _server_pid(folder)
    with Cluster(folder) as cluster:
        assert _server_pid(folder) == orphan
        cluster.create_database("customer")
    assert not (folder / "data" / "postmaster.pid").exists()


def test_a_server_that_was_killed_itself_comes_back(folder):
    cluster = Cluster(folder)
    cluster.start()
    cluster.create_database("customer")
    killed = _server_pid(folder)
    os.kill(killed, signal.SIGKILL)
    cluster.stop()
    with Cluster(folder) as again:
        assert _server_pid(folder) != killed
        assert _databases(again) == {"customer"}


@pytest.mark.asyncio
async def test_a_start_within_the_recovery_of_a_crashed_server_waits_for_it(folder):
    """Kill one of the server's processes and the product, as an out-of-memory killer does: the server recovers."""
    command = (sys.executable, "-c", STARTED_AND_KILLED, folder)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    connection = await asyncpg.connect((await process.stdout.readline()).decode().strip())
    await connection.execute("CREATE TABLE written AS SELECT generate_series(1, 300000) AS number")
    backend = await connection.fetchval("SELECT pg_backend_pid()")
    process.kill()
    await process.wait()
    orphan = _server_pid(folder)
    os.kill(backend, signal.SIGKILL)
    connection.terminate()
    with Cluster(folder) as cluster:
        assert _server_pid(folder) == orphan
        cluster.create_database("customer")


def test_a_server_that_never_accepts_connections_is_reported_with_its_log(folder, monkeypatch):
    monkeypatch.setattr("heed.postgres_server.START_LIMIT_SECONDS", 1)
    with Cluster(folder) as cluster:
        pid = _server_pid(folder)
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(ClusterError, match="accepts no connections"):
                Cluster(folder).attach()
        finally:
            os.kill(pid, signal.SIGCONT)
        cluster.create_database("customer")


def test_the_pid_of_a_dead_server_may_belong_to_another_program(folder):
    with Cluster(folder) as cluster:
        note = (cluster.data / "postmaster.pid").read_text().splitlines()
    (folder / "data" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *note[1:]]) + "\n")
    with Cluster(folder) as cluster:
        assert _server_pid(folder) != os.getpid()
        cluster.create_database("customer")
        assert _databases(cluster) == {"customer"}


def test_an_incomplete_data_folder_is_created_again(folder):
    (folder / "unfinished-1").mkdir(parents=True)
    with Cluster(folder) as cluster:
        cluster.create_database("customer")
    assert not (folder / "unfinished-1").exists()


def test_a_folder_with_a_path_too_long_for_a_socket_works(folder):
    with Cluster(folder / ("long name," * 12)) as cluster:
        cluster.create_database("customer")
        socket_directory = Path((cluster.data / "postmaster.pid").read_text().splitlines()[4])
        assert stat.S_IMODE(socket_directory.stat().st_mode) == 0o700
    assert not socket_directory.exists()


def test_no_other_user_can_access_the_socket_and_no_mode_changes_outside(folder):
    before = [(parent, parent.stat().st_mode, parent.stat().st_uid) for parent in folder.parents]
    with Cluster(folder):
        assert stat.S_IMODE((folder / "socket").stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert before == [(parent, parent.stat().st_mode, parent.stat().st_uid) for parent in folder.parents]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are closed to the server's account")
def test_data_are_in_the_fallback_folder_if_the_servers_account_cannot_access_the_requested_one(folder):
    folder.parent.chmod(0o700)
    fallback = Path(tempfile.mkdtemp(prefix="heed-fallback-"))
    fallback.chmod(0o755)
    try:
        for _ in range(2):
            with Cluster(folder, fallback=fallback) as cluster:
                assert cluster.location.moved
                assert cluster.location.directory.is_relative_to(fallback)
                assert cluster.location.binaries.is_relative_to(fallback)
                cluster.create_database("customer")
            folder.parent.chmod(0o755)  # once it lies elsewhere it stays there
        assert not folder.exists()
    finally:
        shutil.rmtree(fallback)


def test_a_cluster_that_another_process_runs_can_be_used(folder):
    assert not Cluster(folder).attach()
    with Cluster(folder) as cluster:
        visitor = Cluster(folder)
        assert visitor.attach()
        assert visitor.url("postgres") == cluster.url("postgres")
        visitor.create_database("customer")
        visitor.stop()
        cluster.create_database("complaint")


def test_a_first_start_is_fast(folder):
    before = os.times()
    with Cluster(folder):
        after = os.times()
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    assert 0 < spent < 5, "by the processor's time: the machine may be busy"
