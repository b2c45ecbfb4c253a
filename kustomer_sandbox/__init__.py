"""The front door: command line, both servers on one port, transports."""
