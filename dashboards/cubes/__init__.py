"""The mart as cubes of aggregates, cached by month.

It imports the catalogue, and loader's export and below.
"""
