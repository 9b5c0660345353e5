"""``python -m frontend_export`` is ``frontend-export``."""

from frontend_export.cli import main

if __name__ == "__main__":
    main()
