from heed_common.errors import NotFound


class HoldoutNotFound(NotFound):
    code = "holdout_not_found"
