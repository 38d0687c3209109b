"""Django's settings: one file for every installation; what differs comes from the environment.

``POWERCX_HOME`` names the home, ``DATABASE_URL`` a PostgreSQL server. Importing needs no home.
"""

from __future__ import annotations

import os
import secrets

from powercx.apps.core.databases import database_settings
from powercx.base.home import home_from

_home = home_from(os.environ)

# Nothing is signed before a home is opened; ``core.bootstrap`` puts the home's own secret here.
SECRET_KEY = secrets.token_urlsafe(50)

INSTALLED_APPS = ["powercx.apps.core"]
DATABASES = {"default": database_settings(_home, os.environ)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
