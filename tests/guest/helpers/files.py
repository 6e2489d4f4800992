"""Small files in which the kernel says, or is told, one thing."""

import os


def read(path):
    """The whole contents of a file. Python's own files ask the kernel for twice as much, which
    takes a guest milliseconds, and there are thousands.
    """
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 1 << 16).decode(errors="surrogateescape")
    finally:
        os.close(file)


def write(path, data):
    """Tells it, all at once: a text, or bytes."""
    file = os.open(path, os.O_WRONLY)
    try:
        os.write(file, data.encode() if isinstance(data, str) else data)
    finally:
        os.close(file)
