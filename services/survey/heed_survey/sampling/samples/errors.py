from heed_common.errors import NotFound, Unprocessable


class SampleNotFound(NotFound):
    code, title = "sample_not_found", "The survey has no such sample."


class FrameEmpty(Unprocessable):
    code, title = "frame_empty", "No customer fulfils the condition of the frame."


class FrameTooSmall(Unprocessable):
    code, title = "frame_too_small", "The frame has fewer customers or clusters than the sample needs."


class SampleTooSmall(Unprocessable):
    code, title = "sample_too_small", "The sample is too small for its strata."


class DeviationMissing(Unprocessable):
    code, title = "deviation_missing", "An optimal allocation needs the deviation of each stratum."
