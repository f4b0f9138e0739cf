"""Helpers of the end-to-end suite: the command, the sandbox, a second platform, the browser."""
