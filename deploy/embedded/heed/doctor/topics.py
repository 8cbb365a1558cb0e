"""Topics: they exist, have their partitions, and retain what a rebuild needs."""

from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject
from heed_common.broker.protocols import WrongPartitions
from heed_common.broker.topics import topic_settings

DAY_MS = 24 * 60 * 60 * 1000
CREATE = "`heed topics apply` creates missing topics; an existing topic keeps its number of partitions."


async def check_topics(subject: Subject) -> list[Finding]:
    """Check the topics on the broker."""
    expected = topic_settings(subject.settings.partitions)
    try:
        await subject.bus.check_topics(list(expected), partitions=subject.settings.partitions)
    except WrongPartitions as error:
        return [problem("topics", str(error), CREATE)]
    retentions = await subject.bus.retentions(list(expected))
    short = [
        _shortened(topic, retentions[topic], settings.retention_ms)
        for topic, settings in expected.items()
        if retentions[topic] >= 0 and not 0 <= settings.retention_ms <= retentions[topic]
    ]
    return short or [
        ok("topics", f"{len(expected)} with {subject.settings.partitions} partitions and sufficient retention.")
    ]


def _shortened(topic: str, actual_ms: int, expected_ms: int) -> Finding:
    expected = "forever" if expected_ms < 0 else f"{expected_ms // DAY_MS} days"
    detail = f"{topic} retains events for {actual_ms / DAY_MS:g} day(s), not {expected}: older ones cannot be replayed."
    return warning("topics", detail, f"Set retention.ms of {topic} to {expected_ms} on the broker.")
