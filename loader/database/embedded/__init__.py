"""The embedded PostgreSQL server: its cluster, account and sockets.

It imports only config and errors of loader.
"""
