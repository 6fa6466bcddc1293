"""Reading and checking one delivered CSV file, without a database.

It imports the contract and errors of loader.
"""
