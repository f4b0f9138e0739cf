"""httpx: one client for all threads."""

import ssl

import driver
import httpx
import wire

args = driver.arguments()
path, headers, body, check = wire.exchange(args.interface)
url = args.url + path
verify = ssl.create_default_context(cafile=args.ca) if args.ca else True
limits = httpx.Limits(max_connections=args.threads, max_keepalive_connections=args.threads)
client = httpx.Client(verify=verify, limits=limits, timeout=httpx.Timeout(30.0), trust_env=False)


def call() -> None:
    answer = client.post(url, content=body(), headers=headers)
    check(answer.status_code, answer.content)


driver.run(args, lambda: call)
