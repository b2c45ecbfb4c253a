"""The command `record`: a proxy before an organisation that writes down what passes, with stand-ins for all values."""
