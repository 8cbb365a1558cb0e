from heed_common.settings import SettingsError


class TimeZoneDiffers(SettingsError):
    """Raised at the start: the scores of the database are computed for the days of another zone."""

    def __init__(self, *, agreed: str, configured: str) -> None:
        super().__init__(
            f"HEED_TIME_ZONE: {configured} is set, but the scores of this database are computed for days in {agreed}. "
            f"Set HEED_TIME_ZONE={agreed}, or rebuild the scores for days in {configured}: "
            f"`python -m heed replay scoring --swap --time-zone {configured}` "
            f"(in the image of scoring: `python -m heed_scoring replay --swap --time-zone {configured}`)."
        )
