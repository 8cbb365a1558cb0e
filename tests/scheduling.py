"""Which tests of those that start processes run on one worker: read by `--dist loadscope`.

By their names, because xdist's own groups reach the scheduler through a suffix of the node id, which pytest 9.2 drops.
"""

from xdist.scheduler import LoadScopeScheduling


class Together(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """One worker has all tests that share a Kafka, one all that share the running product; otherwise a file each."""
    if "kafka" in nodeid:
        return "kafka"
    if nodeid.startswith("tests/e2e/") and "[embedded" in nodeid:
        return "product"
    return nodeid.split("::")[0]
