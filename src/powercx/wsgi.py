"""What the server runs: opens the home that the environment names, then answers requests."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from powercx.apps.core.bootstrap import start
from powercx.base.home import home_from

start(home_from(os.environ), os.environ)
application = get_wsgi_application()
