"""For ``manage.py demo``: as for development, but with the worker that production has."""

from cms.settings.base import TASKS as TASKS_FOR_A_WORKER
from cms.settings.dev import *

TASKS = TASKS_FOR_A_WORKER
