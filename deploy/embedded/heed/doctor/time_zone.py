"""The time zone of scores: whether the setting is the one that the database agreed on."""

from heed.doctor.findings import Finding, ok, problem
from heed.doctor.subject import Subject
from heed.settings import defaults
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.settings import Settings as ScoringSettings
from heed_scoring.time_zone.errors import TimeZoneDiffers

CHECK, SERVICE = "time zone", "scoring"


async def check_time_zone(subject: Subject) -> list[Finding]:
    """Find a setting with which scoring will not start."""
    if SERVICE not in subject.databases:
        return []
    database = subject.databases[SERVICE]
    configured = ScoringSettings.load(database_url=database.url.render_as_string(), **defaults()).time_zone
    async with database.transaction() as session:
        agreed = await models_repository.agreed_time_zone(session)
    if agreed in {None, configured}:
        return [ok(CHECK, f"Scores are computed for days in {configured}.")]
    refusal = str(TimeZoneDiffers(agreed=str(agreed), configured=configured))
    return [problem(CHECK, f"{configured} is set, {agreed} was agreed: scoring does not start.", refusal)]
