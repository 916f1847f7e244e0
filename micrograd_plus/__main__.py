"""`python -m micrograd_plus` is the command `micrograd-plus`."""

from micrograd_plus.cli import main

if __name__ == "__main__":
    main(prog_name="micrograd-plus")
