"""PostgreSQL: connections, credentials, retry, schema, migrations and roles.

It imports only config and errors of loader.
"""
