"""Why a command ends without having done its work, said to the person who gave it."""


class Refusal(Exception):
    """The message is all that they are shown; the status is 1."""
