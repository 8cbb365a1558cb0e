from heed_common.errors import NotFound


class BatchNotFound(NotFound):
    code, title = "invitation_batch_not_found", "There is no such request for invitations."
