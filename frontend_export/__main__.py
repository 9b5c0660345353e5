"""``python -m frontend_export`` is ``frontend-export``."""

import atexit
import gc
import os
import sys
import threading


def main() -> None:
    """The command line as a process of its own."""
    try:
        run()
    except SystemExit as end:
        _leave(end.code)
        raise


def run() -> None:
    """The command line. Importing makes no garbage, and looking for it took a tenth of the time."""
    gc.disable()
    from frontend_export.cli import main as command_line

    gc.enable()
    command_line()


def _leave(code: object) -> None:
    """End at once, where nothing is left to be done: Python would take apart, value by value, what
    the system takes back in one piece."""
    if threading.active_count() > 1 or not isinstance(code, int | None):
        return
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()
    atexit._run_exitfuncs()
    os._exit(code or 0)


if __name__ == "__main__":
    main()
