from heed_common.errors import Conflict


class MessageOfAnother(Conflict):
    code, title = "message_of_another", "This message_id belongs to a message to another customer."
    advice = "Use a `message_id` of its own for each message."
