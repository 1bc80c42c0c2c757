"""`python -m smarketing`: the same as the command `smarketing`."""

from __future__ import annotations

import sys

from smarketing.cli import main

sys.exit(main())
