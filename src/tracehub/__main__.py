"""`python -m tracehub`: the same as the `tracehub` program."""

from tracehub.cli import main

if __name__ == "__main__":
    main()
