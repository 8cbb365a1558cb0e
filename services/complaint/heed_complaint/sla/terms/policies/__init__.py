"""Which complaints get how much time, as operators write it, version by version."""
