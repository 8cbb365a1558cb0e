"""The lists that complaints are described with, in English and Chinese."""
