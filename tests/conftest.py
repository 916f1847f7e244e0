"""Settings that all tests share."""

from hypothesis import settings

# The same examples on every machine and every run; no deadline, because a busy machine is not a failure.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
