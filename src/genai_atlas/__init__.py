"""genai-atlas: a folder of YAML files becomes a searchable static site and open data."""

from importlib.metadata import version

__version__ = version("genai-atlas")
