"""A health check: ``python is_recent.py FILE SECONDS`` succeeds when ``FILE`` is no older."""

import sys
import time
from pathlib import Path

age_seconds = time.time() - Path(sys.argv[1]).stat().st_mtime
if age_seconds > float(sys.argv[2]):
    sys.exit(f"'{sys.argv[1]}' was last written {age_seconds:.0f} seconds ago.")
