"""Error of a command that is shown to its user."""


class CommandError(Exception):
    """The user is shown the message alone; the exit status is 1."""
