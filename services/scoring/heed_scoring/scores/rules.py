"""Filters of the list of scores. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from heed_scoring.scores.score_document import ScoreDocument


@dataclass(frozen=True, slots=True)
class ScoreFilter:
    """Conditions of the list; a score meets all that are given, and one of the values of each."""

    customer_ids: Collection[UUID] = ()
    tiers: Collection[str] = ()
    bands: Collection[str] = ()
    classes: Collection[str] = ()
    stages: Collection[str] = ()

    @property
    def is_of_numbers(self) -> bool:
        """Return whether the published numbers decide, in which the database does not search."""
        return any((self.tiers, self.bands, self.classes, self.stages))

    def matches(self, numbers: ScoreDocument) -> bool:
        """Return whether the published numbers meet the conditions."""
        conditions = (
            (self.tiers, "value", "tier"),
            (self.bands, "churn_risk", "band"),
            (self.classes, "loyalty", "class"),
            (self.stages, "lifecycle", "stage"),
        )
        return all(not given or numbers[score][field] in given for given, score, field in conditions)
