"""The download form of templates: what a client hands to the kernel, and the type catalogue keeps.

In: a set of templates, or bytes from anybody. Out: bytes; or templates whose functions are well formed (and
still to be proved), or a refusal: TPL08x, and for the functions IR1xx and IR2xx. Equal sets give equal bytes,
and a set has no other bytes than these.

    file      = "XUT1", version (one byte, 1), list of template by ascending names, end of the data
    list of x = number (how many), x ...
    number    = unsigned LEB128, no longer than needed, below 2**64
    text      = list of byte, UTF-8;   name = text that is an identifier
    template  = name, flags (1 constant size, 2 sticky, 4 root), number (maximum), [number (root)],
                list of parameter, list of kind, list of extent (discriminator, raw read, raw write: three),
                list of field, function (unit, partitions, owns, reads: four), byte (which of blocks,
                identity, shared, used, marks, names, acl, size there are, from the lowest bit),
                function ..., list of method
    parameter = name, list of range;   range = number (low), number (high - low)
    kind      = byte (position in own, part, like), text (template), number (arguments)
    extent    = number (offset), number (length + 1; 0: up to the end)
    field     = text, number (offset), number (bits), number (count + 1; 0: as many as fit), number (stride),
                byte (position in be, le)
    method    = name, list of parameter, function (body, changes: two), list of text (requires)
    function  = number (how many bytes), then as `runtime.ir.binary` says, without that file's header
"""

from __future__ import annotations

import hashlib

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.template.download.layout import MAGIC, VERSION
from runtime.template.download.reader import FormReader
from runtime.template.download.writer import FormWriter
from runtime.template.nodes import DATA, Template, TemplateSet

_HEADER = MAGIC + bytes([VERSION])


def encode_templates(templates: TemplateSet) -> bytes:
    """Return the download form of `templates`, whose functions are verified."""
    writer = FormWriter()
    writer.templates([templates[name] for name in sorted(templates)])
    return _HEADER + writer.written()


def decode_templates(data: bytes) -> TemplateSet:
    """Return the templates that `data` holds: well formed, and not yet proved.

    Raises:
        Refused: TPL081 to TPL088; IR codes for the functions.
    """
    if len(data) > limits.MAX_FORM_BYTES:
        message = f"the data has {len(data)} bytes, the limit is {limits.MAX_FORM_BYTES}"
        raise Refused(Diagnostic("TPL084", message, notes=("split the set",)))
    if not data.startswith(_HEADER):
        message = f"the data begins with {data[: len(_HEADER)]!r}, not {_HEADER!r}"
        notes = ("compile the templates again with this version of the compiler",)
        raise Refused(Diagnostic("TPL081", message, notes=notes))
    templates = {template.name: template for template in FormReader(data, len(_HEADER)).decode()}
    for template in templates.values():
        _check_kinds(template, templates)
    return templates


def digest_template(template: Template) -> str:
    """Return a digest of all that the template says; other templates count by their names only."""
    writer = FormWriter()
    writer.templates([template])
    return hashlib.sha256(_HEADER + writer.written()).hexdigest()


def _check_kinds(template: Template, templates: TemplateSet) -> None:
    """Refuse (TPL088) a kind whose template is not in the set."""
    for number, kind in enumerate(template.kinds):
        known = kind.template == "" if kind.mode == "like" else kind.template in (DATA, *templates)
        if not known:
            message = f"kind {number} of `{template.name}` is {kind.template!a}, no template of this set"
            raise Refused(Diagnostic("TPL088", message, notes=("a set has all templates that it names",)))
