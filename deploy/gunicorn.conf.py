"""How gunicorn serves the CMS. A threaded worker: a sync one is killed in the middle of a feed."""

import os

bind = os.environ.get("CMS_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("CMS_WORKERS", "2"))
threads = int(os.environ.get("CMS_THREADS", "4"))
graceful_timeout = 30
control_socket_disable = True
accesslog = "-"
# No client address and no query string: readers' addresses and preview tokens stay out of logs.
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
