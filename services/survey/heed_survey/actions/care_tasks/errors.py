from heed_common.errors import Conflict, NotFound


class CareTaskNotFound(NotFound):
    code, title = "care_task_not_found", "There is no such care task."


class CareTaskTransition(Conflict):
    code, title = "transition_not_allowed", "The care task does not allow this transition now."
    advice = "Read the care task: `allowed` lists what is possible."
