from heed_common.errors import Conflict


class NoOpenComplaint(Conflict):
    code = "no_open_complaint"
    title = "The customer has no such open complaint."
    advice = "Read the score: it lists the open complaints."
