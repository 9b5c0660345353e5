"""What the exporter remembers: the records of the CMS, what each page shows, and what is to do.

All of it can be rebuilt from the CMS and the records of the releases: a damaged file is thrown
away. The pin of a rollback cannot, so it is a file of its own.
"""

from frontend_export.state.lock import lock, pin, pinned
from frontend_export.state.store import State

__all__ = ["State", "lock", "pin", "pinned"]
