"""Says which folders are which packages; all else stands in pyproject.toml, which cannot map both."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[
        # Folders of templates, words and built files count as packages too: so setuptools wants it.
        *find_namespace_packages("src", exclude=["*__pycache__*"]),
        "arena_migrations",
        "arena_migrations.versions",
    ],
    package_dir={"": "src", "arena_migrations": "migrations"},
)
