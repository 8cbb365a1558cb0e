from heed_common.errors import NotFound


class PolicyNotFound(NotFound):
    code, title = "policy_not_found", "The survey has no such policy."
