"""The garbage collector, kept from looking through what is never garbage."""

import gc

GC_THRESHOLDS = (50_000, 20, 20)
"""So many new objects before the young are looked through, and so many times before the next older ones are. With the
700 of Python a page of the sweep, whose objects all live until it is written, spent a quarter of its time on it."""


def freeze_startup_objects() -> None:
    """Called once, when everything is imported: modules live as long as the process.

    Going through them again and again took a tenth of the time of an event in scoring.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
