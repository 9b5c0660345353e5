"""For ``manage.py demo``: as for development, but with the worker that production has."""

from cms.settings.base import TASKS as TASKS_FOR_A_WORKER
from cms.settings.dev import *

TASKS = TASKS_FOR_A_WORKER
# The site is on localhost: the admin must not answer there, or its cookies would reach the site.
ALLOWED_HOSTS = ["127.0.0.1"]
