"""`python -m sandbox` is `kustomer-sandbox`."""

from sandbox.cli import main

if __name__ == "__main__":
    main()
