"""`python -m kustomer_sandbox` is `kustomer-sandbox`."""

from kustomer_sandbox.cli import main

if __name__ == "__main__":
    main()
