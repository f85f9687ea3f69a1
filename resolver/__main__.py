"""`python -m resolver` and `resolver`: the command line, in a process of its own."""

import gc

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""New objects after which Python looks for cycles; it would do so after 700, a hundred times while it imports."""


def main() -> None:
    """Run the command, without the time that collecting garbage takes in a program that soon ends."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    from resolver.cli import main as command  # noqa: PLC0415  the threshold holds for its imports

    try:
        command(prog_name="resolver")
    finally:
        gc.freeze()  # the interpreter's last collection passes over what ends with the process anyway


if __name__ == "__main__":
    main()
