"""The call that asks whether a complaint is solved; and nobody who complains is asked for anything else."""
