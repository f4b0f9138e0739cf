"""requests: one session for each thread, as its documentation advises."""

import driver
import requests
import wire

args = driver.arguments()
path, headers, body, check = wire.exchange(args.interface)
url = args.url + path


def caller():
    session = requests.Session()
    # The platform is on this machine: no proxy of the environment stands between.
    session.trust_env = False

    def call() -> None:
        answer = session.post(url, data=body().encode(), headers=headers, timeout=(30, 30), verify=args.ca or True)
        check(answer.status_code, answer.content)

    return call


driver.run(args, caller)
