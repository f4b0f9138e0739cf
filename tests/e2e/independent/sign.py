"""Table A.1: the time stamp and the sign."""

import hashlib
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def timestamp(unix):
    return datetime.fromtimestamp(unix, CHINA).strftime("%Y%m%d%H%M%S")


def md5(text, encoding="utf-8"):
    return hashlib.md5(text.encode(encoding)).hexdigest()


def sign(appmark, appword, time):
    return md5(appmark + appword + time)
