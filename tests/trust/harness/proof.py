"""What every proof does alike: how it is asked, what it leaves out, how it ends."""

import argparse
import sys

from harness import processes


def parser(doc):
    """The options that all proofs have; from here on SIGTERM leaves no process behind."""
    processes.end_with_the_harness()
    options = argparse.ArgumentParser(description=doc.splitlines()[0])
    options.add_argument("--built", required=True, help="where the drivers were built")
    options.add_argument("--command", required=True, help="the skm command")
    options.add_argument("--left-out", help="the file that says what was left out")
    return options


def leave_out(what, options):
    """Says that something was left out, here and in the file that `make test` ends with."""
    line = "LEFT OUT: " + what
    print(line)
    if options.left_out:
        with open(options.left_out, "a", encoding="utf-8") as file:
            print(line, file=file)


def end_with_checks(name, checks):
    """The end of a proof that has, for each binding, what should be so and whether it is."""
    complaints = [
        "{}: not so: {}".format(binding, what)
        for binding, some in checks.items()
        for what, holds in some.items()
        if not holds
    ]
    return end(name, sum(map(len, checks.values())) - len(complaints), complaints)


def end(name, passed, complaints):
    """Prints what was broken, and the line of counts that .ci/run adds up; gives the exit code."""
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    print("{}: {} passed, {} failed".format(name, passed, len(complaints)))
    return 1 if complaints else 0
