from heed_common.errors import Conflict, NotFound, Unprocessable


class ImprovementNotFound(NotFound):
    code, title = "improvement_not_found", "The survey has no such improvement action."


class WaveMissing(Conflict):
    code, title = "wave_missing", "The improvement action names no later wave yet, so it has no effect to show."
    advice = "Name the later wave once it was asked."


class SameWave(Unprocessable):
    code, title = "same_wave", "An effect needs two different waves."
    advice = "Name two different waves."


class FigureWithoutItem(Unprocessable):
    code, title = "figure_needs_item", "A mean needs an item, and an index has none."
    advice = "Name an item for a mean, and none for an index."
