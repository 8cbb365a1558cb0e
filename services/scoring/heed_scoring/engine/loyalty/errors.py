from heed_common.errors import Unprocessable


class InconsistentJudgements(Unprocessable):
    code = "inconsistent_judgements"
    title = "The judgements contradict each other too much to be turned into weights."
    advice = "Revise the pair that contradicts the others most."
