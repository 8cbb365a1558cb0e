"""Random hold-outs: what an action brings is the difference to those who did not get it."""
