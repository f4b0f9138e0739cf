"""urllib3: one pool for all threads."""

import driver
import urllib3
import wire

args = driver.arguments()
path, headers, body, check = wire.exchange(args.interface)
url = args.url + path
pool = urllib3.PoolManager(
    maxsize=args.threads, block=True, ca_certs=args.ca, timeout=urllib3.Timeout(connect=30.0, read=30.0), retries=False
)


def call() -> None:
    answer = pool.request("POST", url, body=body(), headers=headers)
    check(answer.status, answer.data)


driver.run(args, lambda: call)
