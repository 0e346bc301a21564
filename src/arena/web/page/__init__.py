"""What every page is made with: routes for people, the visit, forms, rendering, words."""

from arena.web.page.answer import Html
from arena.web.page.built import mount_built
from arena.web.page.forms import Filled, Form, Line
from arena.web.page.refusal import install_html_errors
from arena.web.page.route import PageRoute, Pages
from arena.web.page.safe_path import local_path
from arena.web.page.visit import Viewer, Visit, VisitDep
from arena.web.page.words import N_, _, ngettext

__all__ = [
    "N_",
    "Filled",
    "Form",
    "Html",
    "Line",
    "PageRoute",
    "Pages",
    "Viewer",
    "Visit",
    "VisitDep",
    "_",
    "install_html_errors",
    "local_path",
    "mount_built",
    "ngettext",
]
