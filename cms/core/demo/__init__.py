"""The whole product on one machine, for one person: ``manage.py demo``.

``folder`` holds what lasts between two runs, ``processes`` the parts that run. Every part is a
process of its own with its own settings, as in production.
"""
