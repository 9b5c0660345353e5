"""A health check: ``python answers.py URL`` succeeds when ``URL`` answers with a 2xx status."""

import sys
import urllib.request

# urlopen raises for any other status, for no answer, and after five seconds of silence.
urllib.request.urlopen(sys.argv[1], timeout=5).close()  # noqa: S310
