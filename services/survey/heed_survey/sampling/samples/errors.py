from heed_common.errors import NotFound, Unprocessable


class SampleNotFound(NotFound):
    code, title = "sample_not_found", "The survey has no such sample."


class FrameEmpty(Unprocessable):
    code, title = "frame_empty", "No customer fulfils the condition of the frame."
    advice = "Loosen the condition of the frame; see its size with `?dry_run=true`."


class FrameTooSmall(Unprocessable):
    code, title = "frame_too_small", "The frame has fewer customers or clusters than the sample needs."
    advice = "Draw fewer, or loosen the frame."


class SampleTooSmall(Unprocessable):
    code, title = "sample_too_small", "The sample is too small for its strata."
    advice = "Draw more, or use fewer strata."


class DeviationMissing(Unprocessable):
    code, title = "deviation_missing", "An optimal allocation needs the deviation of each stratum."
    advice = "Give `deviation` for each stratum, or use proportional allocation."
