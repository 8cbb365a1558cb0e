"""`python -m heed`: everything in one process, and its admin commands."""

import signal
import sys


def _leave(*_: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    # Before the imports: they take a second, in which a stopped process has nothing to clean up.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)

    from heed.commands import main

    raise SystemExit(main(sys.argv[1:]))
