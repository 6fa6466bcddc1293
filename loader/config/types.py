"""The types of settings: what is accepted, and how docs/configuration.md says it."""

from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr

from loader.config.places import FORM, valid_place, valid_url


@dataclass(frozen=True)
class Form:
    """Say how a value is written."""

    text: str


Count = Annotated[int, Field(ge=1), Form("a whole number from 1")]
Days = Annotated[int, Field(ge=0), Form("a number of days")]
Minutes = Annotated[int, Field(ge=0), Form("a number of minutes")]
Seconds = Annotated[float, Field(ge=0), Form("a number of seconds")]
Port = Annotated[int, Field(ge=1, le=65_533), Form("a port's number")]
Percent = Annotated[float, Field(ge=0, le=100), Form("a percentage from 0 to 100")]
Lines = Annotated[int, Field(ge=0, le=100_000), Form("a whole number from 0 to 100,000")]
Bytes = Annotated[int, Field(ge=0, le=1 << 50), Form("a number of bytes")]
Rows = Annotated[int, Field(ge=0), Form("a number of rows, as in 1000000")]
TimeOfDay = Annotated[time, Form("a time of day such as 02:15")]
Zone = Annotated[ZoneInfo, Form("a zone such as Asia/Kolkata")]
YesNo = Annotated[bool, Form("yes or no")]
Folder = Annotated[Path, AfterValidator(Path.resolve), Form("a folder's path")]
File = Annotated[Path, Form("a file's path")]
Text = Annotated[str, Form("text")]
Url = Annotated[str, AfterValidator(valid_url), Form(FORM)]
Place = Annotated[str, AfterValidator(valid_place), Form(f"a folder's path, or {FORM}")]
FileName = Annotated[str, Field(pattern=r"^[^/\\]+$"), Form("a file's name, without a folder")]
Endpoint = Annotated[
    str,
    Field(pattern=r"^https?://[^/@?#]+/?$"),
    Form("scheme, host and port, as in https://storage.example.com:9000"),
]
Secret = Annotated[SecretStr, Form("a secret")]
CommandLine = Annotated[SecretStr, Form("a program and its arguments")]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$"), Form("a code of ISO 4217 such as EUR")]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$"), Form("a code of ISO 3166 such as DE")]
Language = Annotated[
    str, Field(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), Form("a tag of BCP 47 such as de-DE")
]
Weekday = Annotated[
    Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    Form("a day of the week as `Monday`"),
]
Engine = Annotated[Literal["postgres", "spark"], Form("`postgres` or `spark`")]
