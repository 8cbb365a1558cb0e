"""`python -m heed_common.failed_work`."""

import sys

from heed_common.failed_work.command import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
