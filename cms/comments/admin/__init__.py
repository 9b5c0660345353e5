"""The moderators' desk: queue, comment page, reports and panels of the admin."""
