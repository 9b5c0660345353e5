"""``python -m frontend_export`` is ``frontend-export``."""

import gc


def main() -> None:
    """The command line. Importing makes no garbage, and looking for it took a tenth of the time."""
    gc.disable()
    from frontend_export.cli import main as run

    gc.enable()
    run()


if __name__ == "__main__":
    main()
