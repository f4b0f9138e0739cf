"""Takes the README's picture: the page of a green, invented person on a phone. `make picture` runs it."""

import os
import sys
import tempfile
from pathlib import Path

from support.browser import Phone, decode, start_chromium
from support.command import Command
from support.sandbox import params_of, start_sandbox

MAX_BYTES = 150 * 1024


def main(target):
    command = Command(Path(os.environ["SKM_COMMAND"]))
    with tempfile.TemporaryDirectory() as folder, start_sandbox(
        command, Path(folder)
    ) as sandbox, start_chromium() as browser:
        token = sandbox.client.issue_user_token(params_of(sandbox.person()))
        phone = Phone(browser, Path(folder))
        phone.open(sandbox.client.display_url(token))
        phone.wait("#pass")
        phone.page.wait_for_timeout(1200)
        picture = phone.picture()
        decode(picture)
        if picture.stat().st_size > MAX_BYTES:
            sys.exit("the picture has {} bytes, more than {}".format(picture.stat().st_size, MAX_BYTES))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture.read_bytes())
        print(target, picture.stat().st_size, "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
