"""Conversion of exports of other systems into files that Heed imports."""
