"""A shop's server is asked, however it is reached."""

from contextlib import closing

from loader.config.settings import Settings
from loader.database import server
from loader.database.fetch import Row


def query(settings: Settings, statement: str) -> list[Row]:
    with closing(server.connect(settings)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
