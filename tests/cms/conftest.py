from tests.database import *  # noqa: F403
