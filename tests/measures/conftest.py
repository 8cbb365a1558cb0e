"""How long an example takes says nothing here: the machine may be busy and the first one reads the data."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
