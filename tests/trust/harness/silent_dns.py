"""Becomes a command whose every name lookup goes to a server that never answers.

Meant for a network and mount namespace of its own (`unshare`), which ends with it:
    unshare --net --mount python3 silent_dns.py <folder> <command> …
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1


def main():
    folder, *command = sys.argv[1:]
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(server, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))
    # Bound, so that nothing says "port unreachable"; never read, and kept open by the command.
    server.bind(("127.0.0.1", 53))
    server.set_inheritable(True)
    resolver = Path(folder) / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\n", encoding="utf-8")
    subprocess.run(["mount", "--bind", str(resolver), "/etc/resolv.conf"], check=True)
    # In place of this process: whoever ends it ends the command.
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
