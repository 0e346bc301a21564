"""Client of the Sigma Arena: publish, subscribe, stream, and check every claim yourself."""

__version__ = "0.1.0"
