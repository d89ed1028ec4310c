"""`python -m tieout`, the same as the `tieout` command."""

import sys

from tieout.cli import main

if __name__ == "__main__":
    sys.exit(main())
