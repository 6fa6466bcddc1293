"""Write a country's public holidays as the seed has them: write_holidays.py DE >holidays.csv."""  # noqa: INP001 -- beside what it writes

import csv
import sys

import holidays

YEARS = range(2015, 2036)


def main(country: str) -> None:
    """Write a row a day, by date, in English where the library has it."""
    known = holidays.list_localized_countries().get(country, [])
    language = next((one for one in known if one.startswith("en")), None)
    found = holidays.country_holidays(country, years=YEARS, language=language)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["holiday_date", "country_code", "holiday_name"])
    writer.writerows([day, country, name] for day, name in sorted(found.items()))


if __name__ == "__main__":
    main(sys.argv[1])
