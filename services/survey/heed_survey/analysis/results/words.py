"""Answers on a scale as words: dissatisfied, neutral, satisfied. Pure."""

import numpy as np

from heed_common.contracts.survey import Measure
from heed_survey.analysis.results.cells import RECOMMENDATION, TOP_BOXES
from heed_survey.analysis.table.columns import MISSING_CODE, Codes
from heed_survey.surveys.questionnaire.items import Item, Scale

WORDS = ("dissatisfied", "neutral", "satisfied")
BAD_WORD, GOOD_WORD = 0, 2
MIN_SIZE_OF_TWO_BOXES = 4
"""Values of a scale of which the two at each end count, as in the share of the satisfied; of shorter ones it is one."""
MAX_DETRACTOR, MIN_PROMOTER = 6, 9


def word_ends(item: Item) -> tuple[int, int]:
    """Return the highest value that is dissatisfied and the lowest that is satisfied.

    On a recommendation from 0 to 10 they are those of detractors and promoters.
    """
    scale = item.scale or Scale(0, 1)
    if item.measure is Measure.RECOMMENDATION and (scale.lowest, scale.highest) == RECOMMENDATION:
        return MAX_DETRACTOR, MIN_PROMOTER
    boxes = TOP_BOXES if scale.size >= MIN_SIZE_OF_TWO_BOXES else 1
    return scale.lowest + boxes - 1, scale.highest - boxes + 1


def word_codes(item: Item, codes: Codes) -> Codes:
    """Return the index of the word (n,) for scored codes from 0 (n,); −1 stays without a word."""
    low, high = word_ends(item)
    values = codes + (0 if item.scale is None else item.scale.lowest)
    words = 1 + (values >= high).astype(np.int64) - (values <= low)
    return np.where(codes < 0, MISSING_CODE, words)
