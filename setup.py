"""Says which folders are which packages; all else stands in pyproject.toml, which cannot map both."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages("src"), "arena_migrations", "arena_migrations.versions"],
    package_dir={"": "src", "arena_migrations": "migrations"},
)
