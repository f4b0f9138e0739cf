"""The harness of tests/trust: standard library only."""
