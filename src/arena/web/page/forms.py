"""Forms: what came in, as a checked model or with a word beside each field that is wrong."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request

from arena.kit.canonical import sha256_hex
from arena.kit.errors import ArenaError, Refused
from arena.web.page.words import N_, _

FIELDS_MAX, FILES_MAX = 100, 1
UPLOAD = "upload"
"""A field of this name is a file of whatever bytes, and its value their SHA-256: see `uploaded`."""
M = TypeVar("M", bound="Form")

# A single line without control characters, trimmed.
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]

_WORDS = {
    "missing": N_("Fill this in."),
    "string_too_short": N_("At least %(min_length)s characters."),
    "string_too_long": N_("At most %(max_length)s characters."),
    "string_pattern_mismatch": N_("This does not look right."),
    "int_parsing": N_("A whole number, please."),
    "decimal_parsing": N_("A number, please."),
    "float_parsing": N_("A number, please."),
    "greater_than_equal": N_("At least %(ge)s."),
    "less_than_equal": N_("At most %(le)s."),
    "literal_error": N_("Choose one of these: %(expected)s."),
}


class FormIncomplete(Refused):
    """Part of this form did not arrive. Go back, reload the page, and send it again."""


class Form(BaseModel):
    """What a form is checked against. Empty fields count as not sent; unknown ones are passed over."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore")


@dataclass(slots=True)
class Filled(Generic[M]):
    """A form as it came: `values` to show again, `errors` by field, `refusal` for the whole of it.

    `model` is None where a field is wrong. `status` is that of the page which shows the form again.
    """

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    model: M | None = None
    refusal: ArenaError | None = None

    @property
    def status(self) -> int:
        return self.refusal.status if self.refusal else 422 if self.errors else 200

    def value(self, name: str, otherwise: object = "") -> str:
        """What to show in a field: what came, else the default. Passwords and cards are never shown again."""
        return self.values.get(name, "" if otherwise is None else str(otherwise))

    def chosen(self, name: str, option: object, otherwise: object = None) -> bool:
        return self.value(name, otherwise) == str(option)


async def fill(request: Request, model: type[M]) -> Filled[M]:
    """Reads the request's form and checks it. Raises FormIncomplete where it is no form at all."""
    values = await form_values(request)
    try:
        made = model.model_validate({k: v for k, v in values.items() if v.strip()})
    except ValidationError as wrong:
        errors = {str((e["loc"] or ("form",))[0]): _word(e) for e in reversed(wrong.errors())}
        return Filled(values, errors)
    return Filled(values, model=made)


async def form_values(request: Request) -> dict[str, str]:
    """The fields of the request's form, of a file the text in it; of a field sent more than once the values, separated
    by commas. How large a file may be is up to the limit of all bodies."""
    form = await request.form(max_fields=FIELDS_MAX, max_files=FILES_MAX)
    values: dict[str, str] = {}
    for name, sent in form.multi_items():
        value = sent if isinstance(sent, str) else await _value(name, sent)
        if "\x00" in value:
            raise FormIncomplete
        values[name] = f"{values[name]},{value}" if name in values else value
    return values


async def uploaded(request: Request) -> bytes:
    """What is in the file that was sent as `upload`; empty where there is none."""
    sent = (await request.form(max_fields=FIELDS_MAX, max_files=FILES_MAX)).get(UPLOAD)
    if sent is None or isinstance(sent, str):
        return b""
    await sent.seek(0)
    return await sent.read()


async def _value(name: str, file: UploadFile) -> str:
    if name != UPLOAD:
        return await _text(file)
    await file.seek(0)
    content = await file.read()
    return sha256_hex(content) if content else ""


async def _text(file: UploadFile) -> str:
    """Raises FormIncomplete for what is no text."""
    # Read twice: once for the digest of what was sent, once for what it says.
    await file.seek(0)
    try:
        return (await file.read()).decode()
    except UnicodeDecodeError as refused:
        raise FormIncomplete from refused


def _word(error: Any) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    words = _WORDS.get(error["type"])
    if words is None:
        return str(error["msg"])
    return _(words, **error.get("ctx", {})) if "%(" in words else _(words)
