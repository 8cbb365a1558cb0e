"""Which values of a field a result has groups for."""

import numpy as np

from heed_survey.analysis.errors import WouldDisclose
from heed_survey.analysis.table.columns import Booleans, Codes, Column
from heed_survey.surveys.questionnaire.items import ItemType

WRITTEN = (ItemType.NUMBER, ItemType.WILLINGNESS_TO_PAY, ItemType.TEXT, ItemType.MULTIPLE)
"""Types of which the values are those that respondents gave; of others they are in the questionnaire."""
SINGLE_VALUES = "Some of the values were given by fewer people than the smallest group; filter by a range of them."


def shown_values(column: Column, inside: Booleans, *, k: int) -> Codes:
    """Return the codes of the values that a result of the responses `inside` (n,) lists.

    Without control (k = 0) those that occur. With control the list must not depend on who is inside, because a value
    that is listed without numbers shows that someone has it: all options of an item, and the values of other fields
    that occur in any response. Raises `WouldDisclose` for what few people wrote.
    """
    if not k:
        found: Codes = np.unique(column.codes[inside & column.present])
        return found
    if column.type is not None and column.type not in WRITTEN:
        return np.arange(len(column.facts))
    used, counts = np.unique(column.codes[column.present], return_counts=True)
    if column.type is not None and (counts < k).any():
        raise WouldDisclose(SINGLE_VALUES)
    return np.asarray(used)
